using Microsoft.AspNetCore.Http.Connections;
using Serverless.Tests.Fixtures;

namespace Serverless.Tests.Infra.Balancers;

/// <summary>Which node a client's first connection was at, and by which node it went.</summary>
/// <param name="Owner">The node of its negotiation, which has the connection of an event stream or of polls.</param>
/// <param name="Through">The node that nginx gave its WebSocket or event stream to; null for polls, and while it is open.</param>
internal sealed record Ways(string Owner, string? Through)
{
    public static Ways Of(BalancedClient client, IEnumerable<BalancedRequest> requests)
    {
        var own = requests.Where(request => request.Client == client.Name && request.Servers.Count > 0).OrderBy(request => request.Began).ToList();
        var owner = own.First(request => request.Path == "/client/negotiate" && request.Status == 200).Servers[^1];
        return new(owner, client.Transport == HttpTransportType.LongPolling ? null : own.FirstOrDefault(IsConnect)?.Servers[^1]);
    }

    /// <summary>Whether the death of a node ends this connection. A WebSocket is at the node that it was given to; a poll that meets a dead node is given to another one, and passed on.</summary>
    public bool EndsWith(string node, HttpTransportType transport) => transport switch
    {
        HttpTransportType.WebSockets => Through == node,
        HttpTransportType.ServerSentEvents => Through == node || Owner == node,
        _ => Owner == node,
    };

    private static bool IsConnect(BalancedRequest request) => request is { Method: "GET", Status: 101 or 200 } && request.Path.TrimEnd('/') == "/client";
}
