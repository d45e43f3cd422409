using Microsoft.AspNetCore.SignalR.Client;

namespace Serverless.Client;

/// <summary>A lease of a connection. Others may hold the same connection; disposing of the lease returns it, and disposing again does nothing.</summary>
public sealed class PooledConnection : IAsyncDisposable, IDisposable
{
    private readonly ConnectionPool _pool;
    private int _returned;

    internal PooledConnection(ConnectionPool pool, PoolEntry entry)
    {
        _pool = pool;
        Entry = entry;
    }

    /// <summary>The key that was acquired.</summary>
    public string Key => Entry.Key;

    /// <summary>
    /// The connection. It belongs to the pool: don't start, stop or dispose of it, and add handlers where it is built. It may close at any time, as every connection; then
    /// return the lease and acquire another.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The lease was returned.</exception>
    public HubConnection Connection
    {
        get
        {
            ObjectDisposedException.ThrowIf(Volatile.Read(ref _returned) != 0, this);
            return ((StockConnection)Entry.Connection!).Hub;
        }
    }

    internal PoolEntry Entry { get; }

    /// <summary>Returns the lease.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _returned, 1) == 0)
        {
            _pool.Release(Entry);
        }
    }

    /// <summary>Returns the lease, at once.</summary>
    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }
}
