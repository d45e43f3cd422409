using System.Text.Json;
using Serverless.FanOut.AzureSignalR;

namespace Serverless.SelfHost.Security;

/// <summary>
/// Checks access tokens as Azure SignalR does: signed with any access key, not expired, and made for this use. Contract, section 2.4. Of the audience it
/// compares path and hub; scheme, host and port differ between proxies and SDKs. Thread-safe.
/// </summary>
internal sealed class TokenValidator(AccessKeys keys, TimeProvider time)
{
    /// <summary>How far the clocks of issuer and node may be apart.</summary>
    public static readonly TimeSpan Skew = TimeSpan.FromMinutes(5);

    private static readonly double LastSecond = (DateTimeOffset.MaxValue - DateTimeOffset.UnixEpoch - Skew).TotalSeconds - 1;

    /// <summary>Checks a token for the client endpoint of a hub.</summary>
    /// <param name="token">Null when the request has none.</param>
    /// <param name="hub">The hub that the client asks for.</param>
    public TokenResult ValidateClient(string? token, string hub) => Validate(token, audience => audience.IsClient(hub));

    /// <summary>Checks a token for a call of the REST API.</summary>
    /// <param name="token">Null when the request has none.</param>
    /// <param name="request">The call.</param>
    public TokenResult ValidateApi(string? token, HttpRequest request)
    {
        var path = RequestPath.Decode(request);
        return Validate(token, audience => audience.IsApi(path));
    }

    private TokenResult Validate(string? token, Predicate<TokenAudience> isMeant)
    {
        if (string.IsNullOrEmpty(token))
        {
            return new TokenResult.Refused("There is no token.");
        }

        try
        {
            var (claims, fault) = SignedToken.Open(token, keys.Current);
            return claims is null ? new TokenResult.Refused(fault) : Check(claims, isMeant);
        }
        catch (InvalidOperationException)
        {
            // text of JSON that no string can hold, such as half a surrogate pair
            return new TokenResult.Refused("It holds text that isn't Unicode.");
        }
    }

    private TokenResult Check(IReadOnlyDictionary<string, JsonElement> claims, Predicate<TokenAudience> isMeant)
    {
        if (!claims.TryGetValue("exp", out var exp) || Expiry(exp) is not { } expires)
        {
            return new TokenResult.Refused("It has no expiry ('exp').");
        }

        var valid = new TokenClaims(UserIdOf(claims), expires, ServiceClaims.Read(claims), claims);
        var now = time.GetUtcNow();
        return now >= valid.RefusedFrom ? new TokenResult.Refused($"It expired at {expires:u}.")
            : now >= valid.ClosesAt ? new TokenResult.Refused($"The authentication that it stands for expired at {valid.ClosesAt:u}.")
            : Audiences(claims).Any(audience => TokenAudience.Parse(audience) is { } parsed && isMeant(parsed)) ? new TokenResult.Valid(valid)
            : new TokenResult.Refused("Its audience ('aud') is another one.");
    }

    private static DateTimeOffset? Expiry(JsonElement exp) =>
        exp.ValueKind == JsonValueKind.Number && exp.TryGetDouble(out var seconds)
            ? DateTimeOffset.UnixEpoch.AddSeconds(Math.Clamp(seconds, 0, LastSecond))
            : null;

    private static IEnumerable<string> Audiences(IReadOnlyDictionary<string, JsonElement> claims) =>
        !claims.TryGetValue("aud", out var aud) ? []
        : aud.ValueKind == JsonValueKind.Array ? aud.EnumerateArray().Where(one => one.ValueKind == JsonValueKind.String).Select(one => one.GetString()!)
        : aud.ValueKind == JsonValueKind.String ? [aud.GetString()!]
        : [];

    private static string? UserIdOf(IReadOnlyDictionary<string, JsonElement> claims) =>
        TokenClaimNames.UserIds.Select(name => ClaimText.Of(claims, name)).FirstOrDefault(id => !string.IsNullOrEmpty(id));
}
