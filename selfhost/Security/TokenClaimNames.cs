using System.Security.Claims;
using Serverless.FanOut.AzureSignalR;

namespace Serverless.SelfHost.Security;

/// <summary>Names of claims that mean something to the node. Contract, section 2.5.</summary>
internal static class TokenClaimNames
{
    /// <summary>The user id of Azure SignalR's SDK.</summary>
    public const string UserId = AccessTokens.UserClaim;

    /// <summary>The transports that are allowed.</summary>
    public const string Transports = "asrs.s.htt";

    /// <summary>The longest poll.</summary>
    public const string PollTimeout = "asrs.s.ttl";

    /// <summary>The custom handshake timeout.</summary>
    public const string HandshakeTimeout = "asrs.s.cht";

    /// <summary>Close on authentication expiry.</summary>
    public const string ClosesOnExpiry = "asrs.s.coae";

    /// <summary>Authentication expires on.</summary>
    public const string AuthenticationExpires = "asrs.s.aeo";

    /// <summary>Where a user id stands; the first that is there counts.</summary>
    public static IReadOnlyList<string> UserIds { get; } = [UserId, "nameid", ClaimTypes.NameIdentifier, "sub"];
}
