using Serverless.Events;

namespace Serverless.Services;

/// <summary>Groups and client methods that belong to services. Clients may not use them by themselves: they could follow what they have no access to, or seem to be somebody else.</summary>
internal static class ReservedNames
{
    /// <summary>For callers.</summary>
    public const string OfGroups = "Groups that begin with 'document/' belong to documents: use their methods.";

    /// <summary>For callers.</summary>
    public const string OfTargets =
        "Clients can't send the targets of services: those that begin with 'document-' or 'presence-', 'cursor-moved', 'typing', 'notification', 'notifications-read'.";

    private static readonly string[] Prefixes = ["document-", "presence-"];
    private static readonly string[] Targets = ["cursor-moved", "typing", "notification", "notifications-read"];

    /// <returns>Null when the name is a group's that clients may use; else a sentence that says why not.</returns>
    public static string? CheckGroup(string? group) =>
        EventRules.CheckGroup(group) ?? (group!.StartsWith(EventRules.DocumentGroups, StringComparison.Ordinal) ? OfGroups : null);

    /// <returns>Null when the name is a client method's that clients may use; else a sentence that says why not. Clients look methods up in any case.</returns>
    public static string? CheckTarget(string? target) =>
        EventRules.CheckTarget(target)
        ?? (Targets.Contains(target, StringComparer.OrdinalIgnoreCase) || Prefixes.Any(prefix => target!.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)) ? OfTargets : null);
}
