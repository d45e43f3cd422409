using Microsoft.AspNetCore.SignalR.Client;

namespace Serverless.Client;

/// <summary>A key's connection, from the first acquire to its end. Guarded by the pool's lock.</summary>
internal sealed class PoolEntry(string key)
{
    public string Key => key;

    public PoolEntryState State { get; set; }

    /// <summary>When the present wait began: for room, for the start, for a reconnect, for the end.</summary>
    public long Since { get; set; }

    /// <summary>When the last lease was returned.</summary>
    public long IdleSince { get; set; }

    public IPoolConnection? Connection { get; set; }

    public int Leases { get; set; }

    /// <summary>Whether anybody ever got it.</summary>
    public bool Served { get; set; }

    public List<PoolWaiter> Waiters { get; } = [];

    /// <summary>Its place in the queue for room.</summary>
    public LinkedListNode<PoolEntry>? Place { get; set; }

    /// <summary>Ends its start.</summary>
    public CancellationTokenSource? StartCancellation { get; set; }

    public bool IsConnected => Connection?.State == HubConnectionState.Connected;

    public bool IsReconnecting => Connection?.State == HubConnectionState.Reconnecting;

    public bool IsIdle => State == PoolEntryState.Open && Leases == 0 && Waiters.Count == 0;
}
