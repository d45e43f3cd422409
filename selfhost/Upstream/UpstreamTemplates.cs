using Microsoft.Extensions.Options;

namespace Serverless.SelfHost.Upstream;

/// <summary>The receivers in the order of the settings. Immutable.</summary>
internal sealed class UpstreamTemplates(IOptions<UpstreamOptions> options)
{
    private readonly UpstreamTemplate[] _all = [.. options.Value.Templates.Select(template => new UpstreamTemplate(template))];

    /// <summary>Whether events of clients are posted at all.</summary>
    public bool AreConfigured => _all.Length > 0;

    /// <summary>The first that gets an event; null: nobody does.</summary>
    public UpstreamTemplate? Find(string hub, UpstreamEvent happened) => Array.Find(_all, template => template.Matches(hub, happened.Category, happened.Name));
}
