using System.Text.Json;
using Serverless.Services.Auth;

namespace Serverless.SelfHost.Security;

/// <summary>What a valid token says.</summary>
/// <param name="UserId">From <c>asrs.s.uid</c>, else the name identifier, else <c>sub</c>; null for an anonymous caller.</param>
/// <param name="Expires">Its <c>exp</c>.</param>
/// <param name="Service">What it asks of the node.</param>
/// <param name="All">Each claim, by its name in the token.</param>
internal sealed record TokenClaims(string? UserId, DateTimeOffset Expires, ServiceClaims Service, IReadOnlyDictionary<string, JsonElement> All)
{
    /// <summary>From when on the node takes it no more: its expiry, and what clocks may be apart.</summary>
    public DateTimeOffset RefusedFrom => Expires + TokenValidator.Skew;

    /// <summary>What it lets a client do. A claim that is no text lets it do nothing.</summary>
    public Access Access => Access.Parse(AccessOf(Access.GroupsClaim), AccessOf(Access.DocumentsClaim));

    /// <summary>When a connection ends that was opened with it; null when it needn't.</summary>
    public DateTimeOffset? ClosesAt => Service.ClosesOnExpiry ? Service.AuthenticationExpires ?? RefusedFrom : null;

    private string? AccessOf(string name) => All.ContainsKey(name) ? ClaimText.Of(All, name) ?? "" : null;
}
