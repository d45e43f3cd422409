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

    /// <summary>A client as a function trigger hears of it.</summary>
    /// <param name="hub">The hub.</param>
    /// <param name="connection">The connection's id.</param>
    /// <param name="user">The user's id, percent-encoded as it stands in the header; null or empty for none.</param>
    /// <param name="claim">Gives the first value of a claim of the client's token; null when it has none, or it is empty.</param>
    public static HubCaller FromTrigger(string hub, string connection, string? user, Func<string, string?> claim) =>
        new(new(hub), new(connection), string.IsNullOrEmpty(user) ? null : Uri.UnescapeDataString(user))
        {
            Access = Access.Parse(claim(Access.GroupsClaim), claim(Access.DocumentsClaim)),
        };
}
