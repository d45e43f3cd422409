using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Serverless.Client;

/// <summary>
/// Connections by key, a user's name for example. All who hold a key share its connection; it is closed when nobody has held it for
/// <see cref="HubConnectionPoolOptions.IdleTimeout"/>. Thread-safe.
/// </summary>
/// <remarks>
/// A connection that has closed is never handed out; the next acquire opens another. One that is reconnecting is waited for, up to
/// <see cref="HubConnectionPoolOptions.StartTimeout"/>; then it is closed, also for those who hold it, and replaced.
/// </remarks>
public sealed class HubConnectionPool : IAsyncDisposable
{
    private readonly ConnectionPool _pool;

    /// <summary>Creates a pool; it opens nothing yet.</summary>
    /// <param name="create">
    /// Builds the connection for a key: address, access token, protocol, handlers, automatic reconnect. Each call returns a new one that isn't started. It must not block.
    /// </param>
    /// <param name="options">Times and limits; without them, the defaults.</param>
    /// <param name="time">The clock; without it, the system's.</param>
    /// <param name="logger">Is told of connections that couldn't be closed.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public HubConnectionPool(
        Func<string, HubConnection> create,
        HubConnectionPoolOptions? options = null,
        TimeProvider? time = null,
        ILogger<HubConnectionPool>? logger = null)
    {
        ArgumentNullException.ThrowIfNull(create);
        _pool = new(
            key => new StockConnection(create(key) ?? throw new InvalidOperationException("The pool's factory returned null.")),
            options ?? new(),
            time ?? TimeProvider.System,
            logger ?? NullLogger<HubConnectionPool>.Instance,
            // a connection outlives the call that opened it, and must not carry that call's context
            static work => ThreadPool.UnsafeQueueUserWorkItem(static work => work(), work, preferLocal: false));
    }

    /// <summary>How many connections there are: open, opening and closing. At most <see cref="HubConnectionPoolOptions.MaxConnections"/>.</summary>
    public int Count => _pool.Count;

    /// <summary>How many of them are open and held by nobody.</summary>
    public int IdleCount => _pool.IdleCount;

    /// <summary>Gives the connection of a key, and opens it first if there is none. Dispose of the lease to return it.</summary>
    /// <param name="key">Whose connection; compared letter by letter.</param>
    /// <param name="cancellationToken">Ends this wait only. A start goes on for the others who wait for it, and is given up when nobody does.</param>
    /// <exception cref="HubConnectionPoolException">It couldn't be started in time, or the pool is full.</exception>
    /// <exception cref="ObjectDisposedException">The pool has been disposed of.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async ValueTask<PooledConnection> AcquireAsync(string key, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(key);
        cancellationToken.ThrowIfCancellationRequested();
        return await _pool.AcquireAsync(key, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Closes all connections, also those that are held. Returns when they are closed, or <see cref="HubConnectionPoolOptions.StopTimeout"/> is over.</summary>
    public ValueTask DisposeAsync() => _pool.DisposeAsync();
}
