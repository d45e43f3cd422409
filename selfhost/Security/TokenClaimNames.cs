using System.Security.Claims;

namespace Serverless.SelfHost.Security;

/// <summary>Names of claims that mean something to the node. Contract, section 2.5.</summary>
internal static class TokenClaimNames
{
    /// <summary>The user id of Azure SignalR's SDK.</summary>
    public const string UserId = "asrs.s.uid";

    /// <summary>Where a user id stands; the first that is there counts.</summary>
    public static IReadOnlyList<string> UserIds { get; } = [UserId, "nameid", ClaimTypes.NameIdentifier, "sub"];
}
