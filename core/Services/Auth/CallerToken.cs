using System.Text.Json;
using Serverless.FanOut.AzureSignalR;

namespace Serverless.Services.Auth;

/// <summary>A caller's token as it is read before its signature is checked: nothing in it is to be believed.</summary>
/// <param name="Text">The token.</param>
/// <param name="Algorithm">Its <c>alg</c>.</param>
/// <param name="KeyId">Its <c>kid</c>, or null.</param>
/// <param name="Issuer">Its <c>iss</c>.</param>
/// <param name="Claims">All its claims.</param>
internal sealed record CallerToken(string Text, string Algorithm, string? KeyId, string Issuer, IReadOnlyDictionary<string, JsonElement> Claims)
{
    /// <returns>The token, or null and why not.</returns>
    public static (CallerToken? Token, string Fault) Read(string text)
    {
        if (text.Length > SignedToken.MaxLength)
        {
            return (null, $"It has more than {SignedToken.MaxLength} characters.");
        }

        if (text.Split('.', 4) is not [var first, var second, _])
        {
            return (null, "It isn't three parts with points between.");
        }

        try
        {
            return SignedToken.ReadPart(first) is { } header && SignedToken.ReadPart(second) is { } claims
                ? Read(text, header, claims)
                : (null, "Its header or its claims aren't base64url of a JSON object, or name something twice.");
        }
        catch (InvalidOperationException)
        {
            // text of JSON that no string can hold, such as half a surrogate pair
            return (null, "It holds text that isn't Unicode.");
        }
    }

    private static (CallerToken? Token, string Fault) Read(
        string text, IReadOnlyDictionary<string, JsonElement> header, IReadOnlyDictionary<string, JsonElement> claims) =>
        header.ContainsKey("crit") ? (null, "Its header demands extensions ('crit') that are unknown here.")
        : ClaimNames.TextOf(header, "alg") is not { } algorithm ? (null, "It names no algorithm ('alg').")
        : header.ContainsKey("kid") && ClaimNames.TextOf(header, "kid") is null ? (null, "Its key id ('kid') is no text.")
        : ClaimNames.TextOf(claims, "iss") is not { } issuer ? (null, "It names no issuer ('iss').")
        : (new(text, algorithm, ClaimNames.TextOf(header, "kid"), issuer, claims), "");
}
