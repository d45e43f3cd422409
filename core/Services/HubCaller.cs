using Serverless.Events;
using Serverless.Services.Auth;

namespace Serverless.Services;

/// <summary>A client of a hub, as services see it.</summary>
/// <param name="Stream">Its hub and shard.</param>
/// <param name="Connection">Its connection.</param>
/// <param name="User">Its user, or null.</param>
public sealed record HubCaller(StreamName Stream, ConnectionId Connection, string? User)
{
    /// <summary>What its token lets it do.</summary>
    public Access Access { get; init; } = Access.Everything;
}
