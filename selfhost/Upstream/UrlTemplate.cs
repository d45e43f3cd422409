using System.Text.RegularExpressions;

namespace Serverless.SelfHost.Upstream;

/// <summary>An address with places for hub, category and event. Contract, section 4.1.</summary>
internal sealed partial class UrlTemplate(string template)
{
    private const string Hub = "{hub}";
    private const string Category = "{category}";
    private const string Event = "{event}";

    /// <summary>What keeps a template from being one.</summary>
    /// <returns>The end of a sentence that begins with the setting; null when it is good.</returns>
    public static string? Fault(string? template)
    {
        if (string.IsNullOrWhiteSpace(template))
        {
            return "must be set: the receiver's address, such as http://localhost:7071/runtime/webhooks/signalr.";
        }

        if (template.Contains("{@Microsoft.KeyVault", StringComparison.OrdinalIgnoreCase))
        {
            return "refers to a Key Vault, which the node doesn't read: set the address itself, by the environment if it is secret.";
        }

        if (PlaceRule().Matches(template).Select(place => place.Value).FirstOrDefault(place => place is not (Hub or Category or Event)) is { } unknown)
        {
            return $"has '{unknown}', which stands for nothing: {Hub}, {Category} and {Event} do.";
        }

        var url = new UrlTemplate(template);
        return url.Fill("hub", "category", "event") is not { } filled
                ? "must be an absolute http or https address once its places are filled, without '.' or '..' as a part of its path."
            : filled.UserInfo.Length > 0 ? "holds a user's name or password, which isn't sent: put a secret into its query."
            : url.Fill("hub", "category", "other")?.Authority != filled.Authority ? $"has {Event} in its host: clients choose that name, and can't choose a host."
            : null;
    }

    /// <summary>The address for an event.</summary>
    /// <returns>Null when the names make none: an event may be called "..".</returns>
    public Uri? Fill(string hub, string category, string @event)
    {
        // what is put in has no braces any more
        var filled = template
            .Replace(Hub, Uri.EscapeDataString(hub), StringComparison.Ordinal)
            .Replace(Category, Uri.EscapeDataString(category), StringComparison.Ordinal)
            .Replace(Event, Uri.EscapeDataString(@event), StringComparison.Ordinal);
        return Uri.TryCreate(filled, UriKind.Absolute, out var address) && address.Scheme is "http" or "https" && !LeavesItsPath(filled) ? address : null;
    }

    private static bool LeavesItsPath(string address)
    {
        var path = address.AsSpan(0, address.AsSpan().IndexOfAny('?', '#') is var end and >= 0 ? end : address.Length);
        foreach (var segment in path.SplitAny('/', '\\'))
        {
            if (path[segment] is "." or "..")
            {
                return true;
            }
        }

        return false;
    }

    [GeneratedRegex(@"\{[^{}]*\}?|\}")]
    private static partial Regex PlaceRule();
}
