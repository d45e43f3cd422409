using System.Text.Json;
using Serverless.Services.Auth;

namespace Serverless.SelfHost.Upstream;

/// <summary>The claims of a client's user as one header: <c>type: value,type: value</c>. Contract, sections 2.5 and 4.2.</summary>
internal static class ClaimsText
{
    private const string OfService = "asrs.s.";
    private const string OfUser = "asrs.u.";

    /// <summary>What the token says about itself, not about the user.</summary>
    private static readonly HashSet<string> OfToken = ["aud", "exp", "iat", "nbf", "iss", "actort", "acr", "azp", "c_hash", "jti", "nonce"];

    /// <param name="claims">All claims of the token.</param>
    /// <param name="access">What they let the client do: as the node has understood it, and first, since of several values the first counts.</param>
    /// <returns>Null when there is none of the user.</returns>
    public static string? Of(IReadOnlyDictionary<string, JsonElement> claims, Access access)
    {
        var parts = from claim in claims
                    where !OfToken.Contains(claim.Key) && !claim.Key.StartsWith(OfService, StringComparison.Ordinal)
                    let type = claim.Key.StartsWith(OfUser, StringComparison.Ordinal) ? claim.Key[OfUser.Length..] : claim.Key
                    where type is not Access.GroupsClaim and not Access.DocumentsClaim
                    from value in Values(claim.Value)
                    select KeyValuePair.Create(type, value);
        var text = string.Join(',', access.ToClaims().Concat(parts).Select(claim => $"{HeaderText.EncodePart(claim.Key)}: {HeaderText.EncodePart(claim.Value)}"));
        return text.Length > 0 ? text : null;
    }

    /// <summary>A claim that was given several times is an array.</summary>
    private static IEnumerable<string> Values(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Array => value.EnumerateArray().SelectMany(Values),
        JsonValueKind.String => Text(value) is { } text ? [text] : [],
        JsonValueKind.Null => [],
        _ => [value.GetRawText()],
    };

    private static string? Text(JsonElement value)
    {
        try
        {
            return value.GetString();
        }
        catch (InvalidOperationException)
        {
            // text of JSON that no string can hold, such as half a surrogate pair: no receiver could read it either
            return null;
        }
    }
}
