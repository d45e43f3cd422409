using System.Collections.Concurrent;
using Serverless.Events;

namespace Serverless.SelfHost.Transports;

/// <summary>The clients on this node that send by POST, by hub and connection. Each is in here from its first GET to its end.</summary>
internal sealed class HttpClients
{
    private readonly ConcurrentDictionary<(string Hub, ConnectionId Id), HttpIO> _all = [];

    public HttpIO? Find(string hub, ConnectionId id) => _all.GetValueOrDefault((hub, id));

    /// <returns>Whether the id was free.</returns>
    public bool TryAdd(string hub, ConnectionId id, HttpIO client) => _all.TryAdd((hub, id), client);

    /// <summary>Removes a client, not one that came after it.</summary>
    public void Remove(string hub, ConnectionId id, HttpIO client) => _all.TryRemove(new((hub, id), client));
}
