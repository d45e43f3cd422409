using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Serverless.Codec;
using Serverless.Events;
using Serverless.FanOut;
using Serverless.FanOut.Lanes;
using Serverless.FanOut.Membership;
using Serverless.Log;

namespace Serverless.Connections;

/// <summary>All connections of this node. Opening and closing one appends the event that says so. Thread-safe.</summary>
public sealed partial class NodeConnections(
    IEventLog log, FrameCodec codec, Pipeline pipeline, VolatileLane lane, IOptions<LogOptions> options, TimeProvider time, ILogger<NodeConnections> logger)
    : IAsyncDisposable
{
    private readonly StreamFeed _feed = new(log, codec);
    private readonly Snapshotter _snapshots = new(log, codec, options.Value, time, logger);
    private readonly Lock _lock = new();
    private readonly Dictionary<StreamName, Followed> _streams = [];
    private readonly ConcurrentDictionary<ClientConnection, StreamName> _connections = [];
    private int _tick;
    private string? _closing;

    /// <summary>How many are open or opening.</summary>
    public int Count => _connections.Count;

    /// <summary>Those open or opening. Whether it has one that comes or goes meanwhile is open.</summary>
    public IEnumerable<ClientConnection> All => _connections.Select(entry => entry.Key);

    /// <summary>The node's count of seconds, for signs of life.</summary>
    public int Tick => Volatile.Read(ref _tick);

    /// <summary>Opens a connection: it receives what follows its opened event, once <see cref="ClientConnection.Start"/> was called.</summary>
    /// <returns>False when its id is or was in use.</returns>
    /// <exception cref="LogUnavailableException">The event couldn't be stored; the connection isn't open.</exception>
    public async ValueTask<bool> OpenAsync(StreamName stream, ClientConnection connection, CancellationToken cancellationToken)
    {
        connection.Begin(Tick);
        var delivery = Acquire(stream, connection);
        if (Volatile.Read(ref _closing) is { } reason)
        {
            connection.Close(reason, Reconnect.Allowed);
        }

        var opened = false;
        try
        {
            opened = await delivery.AddAsync(connection, cancellationToken) && await StoreOpenedAsync(stream, connection, cancellationToken);
            return opened;
        }
        finally
        {
            if (!opened)
            {
                await ReleaseAsync(stream, connection);
            }
        }
    }

    /// <summary>Takes a connection that was opened out, and appends that it closed.</summary>
    /// <returns>Whether the end is stored; a fault is logged.</returns>
    public async ValueTask<bool> CloseAsync(StreamName stream, ClientConnection connection)
    {
        connection.End();
        await ReleaseAsync(stream, connection);
        return await StoreClosedAsync(stream, connection);
    }

    /// <summary>Appends the result that a client gives, if it was asked for it; returns at once.</summary>
    public void Complete(StreamName stream, ClientConnection connection, string invocation, string? error, Payload? result)
    {
        if (connection.TakeAsked(invocation))
        {
            _ = StoreCompletedAsync(stream, InvocationCompleted.For(connection.Id, invocation, error, result));
        }
    }

    /// <summary>From now on a connection is closed as soon as it is open, for good: the node is going, and clients may come back to another. Those that are in
    /// <see cref="All"/> afterwards stay open.</summary>
    public void CloseNew(string reason)
    {
        // under the lock that new ones are added under: each is either in All or sees it
        lock (_lock)
        {
            _closing = reason;
        }
    }

    /// <summary>Cuts the connections that are still here.</summary>
    public void CutAll(string reason)
    {
        foreach (var connection in All)
        {
            connection.Cut(reason);
        }
    }

    /// <summary>How many there are of each hub and transport.</summary>
    internal Dictionary<(string Hub, string Transport), int> CountEach()
    {
        var counts = new Dictionary<(string, string), int>();
        foreach (var (connection, stream) in _connections)
        {
            CollectionsMarshal.GetValueRefOrAddDefault(counts, (stream.Hub, connection.Transport), out _)++;
        }

        return counts;
    }

    /// <summary>Whether a connection with this id is open or opening here.</summary>
    public bool Contains(StreamName stream, ConnectionId id)
    {
        lock (_lock)
        {
            return _streams.TryGetValue(stream, out var followed) && followed.Delivery.Contains(id);
        }
    }

    /// <summary>Lets a second pass: pings quiet clients, and ends silent ones and those whose authentication has ended.</summary>
    /// <param name="keepAlive">The silence after which a client is pinged.</param>
    /// <param name="timeout">The silence after which it is dead.</param>
    public void Beat(TimeSpan keepAlive, TimeSpan timeout)
    {
        var tick = Interlocked.Increment(ref _tick);
        var now = time.GetUtcNow();
        foreach (var (connection, _) in _connections)
        {
            connection.CloseIfExpired(now.ToUnixTimeSeconds());
            connection.Beat(tick, (int)keepAlive.TotalSeconds, (int)timeout.TotalSeconds);
        }

        foreach (var delivery in Deliveries())
        {
            delivery.Beat(now);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var (_, delivery) in Take())
        {
            await delivery.DisposeAsync();
        }
    }

    private async ValueTask<bool> StoreOpenedAsync(StreamName stream, ClientConnection connection, CancellationToken cancellationToken)
    {
        try
        {
            return !(await pipeline.AppendAsync(stream, ConnectionOpened.For(connection.Id, connection.User), cancellationToken)).IsDuplicate;
        }
        catch (Exception unknown) when (unknown is LogUnavailableException or OperationCanceledException)
        {
            // it may be stored, or be later: then it is closed behind that, and nobody seems to be there who isn't
            _ = StoreClosedAsync(stream, connection);
            throw;
        }
    }

    private async Task<bool> StoreClosedAsync(StreamName stream, ClientConnection connection)
    {
        try
        {
            await pipeline.AppendAsync(stream, ConnectionClosed.For(connection.Id, connection.CloseReason), CancellationToken.None);
            return true;
        }
        catch (LogUnavailableException fault)
        {
            Log.ClosedNotStored(logger, fault, connection.Id.Value, stream.ToString());
            return false;
        }
    }

    private async Task StoreCompletedAsync(StreamName stream, InvocationCompleted completed)
    {
        try
        {
            await pipeline.AppendAsync(stream, completed, CancellationToken.None);
        }
        catch (LogUnavailableException fault)
        {
            // whoever asked is told when the time for it is over
            Log.CompletedNotStored(logger, fault, completed.Connection.Value, stream.ToString());
        }
    }

    private List<StreamDelivery> Deliveries()
    {
        lock (_lock)
        {
            return [.. _streams.Values.Select(followed => followed.Delivery)];
        }
    }

    private List<Followed> Take()
    {
        lock (_lock)
        {
            List<Followed> all = [.. _streams.Values];
            _streams.Clear();
            return all;
        }
    }

    private StreamDelivery Acquire(StreamName stream, ClientConnection connection)
    {
        lock (_lock)
        {
            var (users, delivery) = _streams.TryGetValue(stream, out var followed)
                ? followed
                : new(0, new StreamDelivery(stream, _feed, lane, _snapshots, pipeline, time, logger));
            _streams[stream] = new(users + 1, delivery);
            _connections[connection] = stream;
            return delivery;
        }
    }

    private async ValueTask ReleaseAsync(StreamName stream, ClientConnection connection)
    {
        StreamDelivery? unused = null;
        lock (_lock)
        {
            if (!_connections.TryRemove(connection, out _) || !_streams.TryGetValue(stream, out var followed))
            {
                return;
            }

            followed.Delivery.Remove(connection);
            if (followed.Users > 1)
            {
                _streams[stream] = followed with { Users = followed.Users - 1 };
            }
            else
            {
                _streams.Remove(stream);
                unused = followed.Delivery;
            }
        }

        if (unused is not null)
        {
            await unused.DisposeAsync();
        }
    }

    /// <summary>A stream that is read while connections use it.</summary>
    private readonly record struct Followed(int Users, StreamDelivery Delivery);
}
