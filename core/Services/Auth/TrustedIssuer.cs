using System.Text.Json;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Serverless.Events;

namespace Serverless.Services.Auth;

/// <summary>Checks the tokens of one issuer. Thread-safe.</summary>
internal sealed class TrustedIssuer(IssuerOptions options, IIssuerKeys keys, TimeProvider time)
{
    private static readonly JsonWebTokenHandler Handler = new() { MapInboundClaims = false };

    private static readonly double LastSecond = (DateTimeOffset.MaxValue - DateTimeOffset.UnixEpoch - TimeSpan.FromDays(1)).TotalSeconds;

    private readonly string[] _algorithms = [.. options.EffectiveAlgorithms];

    /// <summary>Checks a token that names this issuer.</summary>
    public async ValueTask<AuthResult> CheckAsync(CallerToken token, string hub, CancellationToken cancellationToken)
    {
        // what costs nothing goes first: who has no token shall not make us ask the issuer
        if (!_algorithms.Contains(token.Algorithm, StringComparer.Ordinal))
        {
            return new AuthResult.Refused($"Its algorithm '{LogText.Of(token.Algorithm)}' isn't one of the issuer's: {string.Join(", ", _algorithms)}.");
        }

        if (CheckTimes(token.Claims, out var expires) is { } fault)
        {
            return new AuthResult.Refused(fault);
        }

        var (known, why) = await keys.ReadAsync(token.KeyId, cancellationToken);
        if (known is null)
        {
            return new AuthResult.Refused(why);
        }

        var candidates = KeyRules.Candidates(known, token);
        return candidates.Count == 0 ? new AuthResult.Refused("It is signed with a key that the issuer doesn't have ('kid').")
            : await CheckSignatureAsync(token, candidates) is { } refused ? new AuthResult.Refused(refused)
            : Judge(token.Claims, hub, expires);
    }

    private string? CheckTimes(IReadOnlyDictionary<string, JsonElement> claims, out DateTimeOffset expires)
    {
        expires = default;
        if (!claims.TryGetValue("exp", out var exp) || Time(exp) is not { } end)
        {
            return "It has no expiry ('exp').";
        }

        expires = end;
        var now = time.GetUtcNow();
        return now >= end + options.ClockSkew ? $"It expired at {end:u}."
            : !claims.TryGetValue("nbf", out var nbf) ? null
            : Time(nbf) is not { } start ? "Its beginning ('nbf') is no time."
            : now < start - options.ClockSkew ? $"It is valid from {start:u} on only."
            : null;
    }

    private async Task<string?> CheckSignatureAsync(CallerToken token, IReadOnlyList<JsonWebKey> candidates)
    {
        var result = await Handler.ValidateTokenAsync(token.Text, new TokenValidationParameters
        {
            ValidIssuer = options.Issuer,
            ValidAudience = options.Audience,
            ValidAlgorithms = _algorithms,
            IssuerSigningKeys = candidates,
            TryAllIssuerSigningKeys = true,
            RequireSignedTokens = true,
            // done above, with a clock of our own
            ValidateLifetime = false,
        });
        return result.IsValid ? null : result.Exception switch
        {
            SecurityTokenInvalidAudienceException => "It is made for somebody else ('aud').",
            SecurityTokenInvalidIssuerException => "Its issuer ('iss') is another one.",
            SecurityTokenInvalidAlgorithmException => "Its algorithm isn't one of the issuer's.",
            SecurityTokenInvalidSignatureException or SecurityTokenSignatureKeyNotFoundException => "Its signature fits no key of the issuer.",
            var fault => $"It isn't valid ({fault?.GetType().Name}).",
        };
    }

    private AuthResult Judge(IReadOnlyDictionary<string, JsonElement> claims, string hub, DateTimeOffset expires)
    {
        try
        {
            var user = ClaimNames.UserOf(claims, options.UserClaim);
            return user is null ? new AuthResult.Refused($"It has no user id ('{options.UserClaim}').")
                : EventRules.CheckUser(user) is { } fault ? new AuthResult.Refused($"Its user id ('{options.UserClaim}') can't be one: {fault}")
                : !Access.Has(ClaimNames.ListOf(claims, options.HubsClaim, isLower: true), hub.ToLowerInvariant()) ? new AuthResult.Refused($"It isn't for this hub ('{options.HubsClaim}').")
                : new AuthResult.Allowed(user, new(ClaimNames.ListOf(claims, options.GroupsClaim), ClaimNames.ListOf(claims, options.DocumentsClaim)), expires);
        }
        catch (InvalidOperationException)
        {
            // text of JSON that no string can hold, such as half a surrogate pair
            return new AuthResult.Refused("It holds text that isn't Unicode.");
        }
    }

    private static DateTimeOffset? Time(JsonElement seconds) =>
        seconds.ValueKind == JsonValueKind.Number && seconds.TryGetDouble(out var value) ? DateTimeOffset.UnixEpoch.AddSeconds(Math.Clamp(value, 0, LastSecond)) : null;
}
