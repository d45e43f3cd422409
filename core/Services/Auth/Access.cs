namespace Serverless.Services.Auth;

/// <summary>What a client's token lets it do in its hub. Each list has names, percent-encoded, and beginnings of names with <c>*</c> behind them (<c>team-a-*</c>); null is no
/// limit.</summary>
/// <param name="Groups">The groups that it may join and send to.</param>
/// <param name="Documents">The documents that it may read and change.</param>
public sealed record Access(IReadOnlyList<string>? Groups, IReadOnlyList<string>? Documents)
{
    /// <summary>The claim of a client's access token that lists its groups, with spaces between. No claim is no limit.</summary>
    public const string GroupsClaim = "serverless.groups";

    /// <summary>The claim of a client's access token that lists its documents, with spaces between. No claim is no limit.</summary>
    public const string DocumentsClaim = "serverless.documents";

    /// <summary>Stands in a claim for no name at all: a claim without a value doesn't reach every receiver, and no claim is no limit.</summary>
    private const string Nothing = "!";

    /// <summary>No limits.</summary>
    public static Access Everything { get; } = new(null, null);

    /// <summary>Reads the claims of an access token.</summary>
    /// <param name="groups">The value of <see cref="GroupsClaim"/>; null without one.</param>
    /// <param name="documents">The value of <see cref="DocumentsClaim"/>; null without one.</param>
    public static Access Parse(string? groups, string? documents) =>
        groups is null && documents is null ? Everything : new(Split(groups), Split(documents));

    /// <summary>Whether a list has a name.</summary>
    public static bool Has(IReadOnlyList<string>? list, string name) =>
        list is null || list.Any(entry => entry.EndsWith('*')
            ? name.StartsWith(Uri.UnescapeDataString(entry[..^1]), StringComparison.Ordinal)
            : name == Uri.UnescapeDataString(entry));

    /// <summary>The value of a claim that lists names; a name with <c>*</c> at its end stands for all that begin like it.</summary>
    public static string ToClaim(IEnumerable<string> names) => Join(names.Select(
        name => name.EndsWith('*') ? $"{Uri.EscapeDataString(name[..^1])}*" : Uri.EscapeDataString(name)));

    /// <summary>The claims that give an access token these limits; none without limits.</summary>
    public IEnumerable<KeyValuePair<string, string>> ToClaims()
    {
        if (Groups is not null)
        {
            yield return new(GroupsClaim, Join(Groups));
        }

        if (Documents is not null)
        {
            yield return new(DocumentsClaim, Join(Documents));
        }
    }

    /// <summary>A list of names as an <see cref="Access"/> has it; empty ones don't count.</summary>
    internal static IReadOnlyList<string> Names(IEnumerable<string> names) => Split(ToClaim(names)) ?? [];

    private static string Join(IEnumerable<string> entries) => string.Join(' ', entries) is { Length: > 0 } claim ? claim : Nothing;

    private static string[]? Split(string? claim) => claim?.Split(' ', StringSplitOptions.RemoveEmptyEntries).Where(entry => entry != Nothing).ToArray();
}
