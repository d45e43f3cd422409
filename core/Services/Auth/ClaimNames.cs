using System.Text.Json;

namespace Serverless.Services.Auth;

/// <summary>Reads names from claims.</summary>
internal static class ClaimNames
{
    /// <returns>The claim's text; null when it isn't there or is something else.</returns>
    /// <exception cref="InvalidOperationException">It isn't Unicode.</exception>
    public static string? TextOf(IReadOnlyDictionary<string, JsonElement> claims, string name) =>
        claims.TryGetValue(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    /// <returns>A user id: text, or a number as it is written; null when it isn't there or is something else.</returns>
    /// <exception cref="InvalidOperationException">It isn't Unicode.</exception>
    public static string? UserOf(IReadOnlyDictionary<string, JsonElement> claims, string name) =>
        claims.TryGetValue(name, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetRawText() : TextOf(claims, name);

    /// <summary>The names that a claim lists.</summary>
    /// <param name="claims">All claims.</param>
    /// <param name="name">The claim, an array or a text with spaces between; null when nothing is limited.</param>
    /// <param name="isLower">Whether the names are given in lower case.</param>
    /// <returns>Percent-encoded, as <see cref="Access"/> has them; null without a limit; none when the claim isn't there. What isn't text in an array doesn't count.</returns>
    /// <exception cref="InvalidOperationException">It isn't Unicode.</exception>
    public static IReadOnlyList<string>? ListOf(IReadOnlyDictionary<string, JsonElement> claims, string? name, bool isLower = false)
    {
        if (name is null)
        {
            return null;
        }

        IEnumerable<string> names = !claims.TryGetValue(name, out var value) ? [] : value.ValueKind switch
        {
            JsonValueKind.String => value.GetString()!.Split(' '),
            JsonValueKind.Array => value.EnumerateArray().Where(entry => entry.ValueKind == JsonValueKind.String).Select(entry => entry.GetString()!),
            _ => [],
        };
        return Access.Names(isLower ? names.Select(entry => entry.ToLowerInvariant()) : names);
    }
}
