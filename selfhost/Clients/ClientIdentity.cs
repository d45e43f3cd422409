using Serverless.Events;
using Serverless.Services;
using Serverless.Services.Auth;

namespace Serverless.SelfHost.Clients;

/// <summary>Who connects, and to what.</summary>
/// <param name="Stream">Hub and shard.</param>
/// <param name="Connection">The connection's id.</param>
/// <param name="User">From the token, or null.</param>
/// <param name="Times">Which its token sets.</param>
internal sealed record ClientIdentity(StreamName Stream, ConnectionId Connection, string? User, ClientTimes Times)
{
    /// <summary>What receivers of its events are told of its request; null without any.</summary>
    public ClientOrigin? Origin { get; init; }

    /// <summary>What placed it here.</summary>
    public PlacementKey Placed { get; init; } = PlacementKey.None;

    /// <summary>What its token lets it do.</summary>
    public Access Access { get; init; } = Access.Everything;

    /// <summary>As services see it.</summary>
    public HubCaller AsCaller() => new(Stream, Connection, User) { Access = Access };
}
