using Microsoft.IdentityModel.Tokens;

namespace Serverless.Services.Auth;

/// <summary>An issuer of tokens, and what its claims mean here. Section <c>Serverless:Auth:Issuers:0</c>, and so on.</summary>
public sealed class IssuerOptions
{
    /// <summary>The issuer's name, letter by letter as <c>iss</c> has it.</summary>
    /// <value>Required; no two issuers have the same.</value>
    public string? Issuer { get; set; }

    /// <summary>Whom its tokens must be made for (<c>aud</c>).</summary>
    /// <value>Required.</value>
    public string? Audience { get; set; }

    /// <summary>Where its keys are found by OpenID Connect: <c>/.well-known/openid-configuration</c> below this address.</summary>
    /// <value>https, or http on loopback; default null: <see cref="Keys"/> counts.</value>
    public Uri? Authority { get; set; }

    /// <summary>Its keys: a JWK set as JSON text, or the path of a file that holds one. Read once, at start.</summary>
    /// <value>Public RSA keys of 2,048 bits or more and EC keys; <c>oct</c> keys of 32 bytes or more with HS256. Default null: <see cref="Authority"/> counts.</value>
    public string? Keys { get; set; }

    /// <summary>The algorithms that its tokens may be signed by.</summary>
    /// <value>RS256 to RS512, PS256 to PS512, ES256 to ES512; or HS256 alone, for <c>oct</c> keys. Default: RS256, RS384, RS512, PS256, ES256, ES384, ES512.</value>
    public IList<string> Algorithms { get; } = [];

    /// <summary>The claim that is the user id.</summary>
    /// <value>Default <c>sub</c>. A token without it is refused.</value>
    public string UserClaim { get; set; } = "sub";

    /// <summary>The claim that lists the hubs that a caller may connect to, as an array, or as text with spaces between; an entry that ends with <c>*</c> stands for all that
    /// begin like it.</summary>
    /// <value>Default null: no limit. A token without the claim has none of them.</value>
    public string? HubsClaim { get; set; }

    /// <summary>The claim that lists the groups that a caller may join and send to, written as in <see cref="HubsClaim"/>.</summary>
    /// <value>Default null: no limit. A token without the claim has none of them.</value>
    public string? GroupsClaim { get; set; }

    /// <summary>The claim that lists the documents that a caller may read and change, written as in <see cref="HubsClaim"/>.</summary>
    /// <value>Default null: no limit. A token without the claim has none of them.</value>
    public string? DocumentsClaim { get; set; }

    /// <summary>How far the clocks of issuer and host may be apart.</summary>
    /// <value>0 to 5 minutes; default 1 minute.</value>
    public TimeSpan ClockSkew { get; set; } = TimeSpan.FromMinutes(1);

    internal bool IsSymmetric => Algorithms.Contains(SecurityAlgorithms.HmacSha256);

    internal IEnumerable<string> EffectiveAlgorithms => Algorithms.Count > 0 ? Algorithms : SigningAlgorithms.Default;
}
