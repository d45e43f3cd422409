using Microsoft.Extensions.Options;

namespace Serverless.SelfHost.Upstream;

/// <summary>Checks each template, and tells all faults by the names of their settings.</summary>
internal sealed class UpstreamTemplatesValidator : IValidateOptions<UpstreamOptions>
{
    public ValidateOptionsResult Validate(string? name, UpstreamOptions options)
    {
        List<string> faults = [.. options.Templates.SelectMany((template, index) => Faults(template, $"Serverless:Upstream:Templates:{index}"))];
        return faults.Count > 0 ? ValidateOptionsResult.Fail(faults) : ValidateOptionsResult.Success;
    }

    private static IEnumerable<string> Faults(UpstreamTemplateOptions template, string section)
    {
        if (UrlTemplate.Fault(template.UrlTemplate) is { } fault)
        {
            yield return $"{section}:UrlTemplate {fault}";
        }

        if (!string.Equals(template.Auth.Type, UpstreamAuth.None, StringComparison.OrdinalIgnoreCase))
        {
            yield return $"{section}:Auth:Type is '{template.Auth.Type}': only None is supported. The node has no managed identity; " +
                "let the receiver check the header X-ASRS-Signature, and put a function's key into UrlTemplate as ?code=….";
        }

        foreach (var (setting, pattern) in new[]
        {
            (nameof(template.HubPattern), template.HubPattern),
            (nameof(template.CategoryPattern), template.CategoryPattern),
            (nameof(template.EventPattern), template.EventPattern),
        })
        {
            if (string.IsNullOrWhiteSpace(pattern))
            {
                yield return $"{section}:{setting} is empty and matches nothing: leave it out, or write *, a name, or names with commas between.";
            }
        }
    }
}
