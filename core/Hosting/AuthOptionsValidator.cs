using Microsoft.Extensions.Options;
using Serverless.Services.Auth;

namespace Serverless.Hosting;

/// <summary>Checks each issuer, and tells all faults by the names of their settings. Quotes no key.</summary>
internal sealed class AuthOptionsValidator : IValidateOptions<AuthOptions>
{
    private const string Section = $"{CoreServices.Section}:Auth:Issuers";

    private static readonly TimeSpan MaxSkew = TimeSpan.FromMinutes(5);

    public ValidateOptionsResult Validate(string? name, AuthOptions options)
    {
        List<string> faults =
        [
            .. options.Issuers.SelectMany((issuer, index) => Faults(issuer).Select(fault => $"{Section}:{index}:{fault}")),
            .. options.Issuers.Where(issuer => !string.IsNullOrEmpty(issuer.Issuer)).GroupBy(issuer => issuer.Issuer).Where(same => same.Count() > 1)
                .Select(same => $"{Section} has the issuer '{same.Key}' twice."),
        ];
        return faults.Count > 0 ? ValidateOptionsResult.Fail(faults) : ValidateOptionsResult.Success;
    }

    private static IEnumerable<string> Faults(IssuerOptions issuer) =>
        new[] { Names(issuer), Algorithms(issuer), Keys(issuer) }.SelectMany(faults => faults);

    private static IEnumerable<string> Names(IssuerOptions issuer)
    {
        if (string.IsNullOrWhiteSpace(issuer.Issuer))
        {
            yield return "Issuer is not set: the issuer's name, as 'iss' in its tokens has it.";
        }

        if (string.IsNullOrWhiteSpace(issuer.Audience))
        {
            yield return "Audience is not set: whom the issuer's tokens are made for, as 'aud' in them has it.";
        }

        if (string.IsNullOrWhiteSpace(issuer.UserClaim))
        {
            yield return "UserClaim is empty: leave it out for 'sub'.";
        }

        foreach (var (setting, claim) in new[] { ("HubsClaim", issuer.HubsClaim), ("GroupsClaim", issuer.GroupsClaim), ("DocumentsClaim", issuer.DocumentsClaim) })
        {
            if (claim is not null && string.IsNullOrWhiteSpace(claim))
            {
                yield return $"{setting} is empty: leave it out for no limit.";
            }
        }

        if (issuer.ClockSkew < TimeSpan.Zero || issuer.ClockSkew > MaxSkew)
        {
            yield return $"ClockSkew must be between 00:00:00 and {MaxSkew}.";
        }
    }

    private static IEnumerable<string> Algorithms(IssuerOptions issuer)
    {
        foreach (var unknown in issuer.Algorithms.Except(SigningAlgorithms.Known))
        {
            yield return $"Algorithms has '{unknown}': it may have {string.Join(", ", SigningAlgorithms.Known)}.";
        }

        if (issuer.IsSymmetric && issuer.Algorithms.Count > 1)
        {
            yield return "Algorithms has HS256 beside others: with them a public key could be taken for a secret. Use an issuer of its own for it.";
        }
    }

    private static IEnumerable<string> Keys(IssuerOptions issuer)
    {
        if (issuer.Authority is null == string.IsNullOrWhiteSpace(issuer.Keys))
        {
            yield return issuer.Authority is null
                ? "Authority and Keys are both not set: set Authority to the issuer's address, or Keys to a JWK set."
                : "Authority and Keys are both set: keys come from one place.";
        }
        else if (issuer.Authority is { } authority)
        {
            if (!DiscoveryDocuments.IsAllowed(authority) || authority.Query.Length > 0)
            {
                yield return "Authority must be an https address without a query (http on loopback only), such as https://login.example.com/tenant.";
            }

            if (issuer.IsSymmetric)
            {
                yield return "Authority can't be set with the algorithm HS256: secrets aren't published. Use Keys.";
            }
        }
        else if (KeysFault(issuer) is { } fault)
        {
            yield return $"Keys {fault}";
        }
    }

    private static string? KeysFault(IssuerOptions issuer)
    {
        try
        {
            StaticKeys.Parse(issuer.Keys!, issuer.IsSymmetric);
            return null;
        }
        catch (FormatException fault)
        {
            return fault.Message;
        }
    }
}
