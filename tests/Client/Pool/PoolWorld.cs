using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Serverless.Client;
using Xunit;

namespace Serverless.Tests.Client.Pool;

/// <summary>A pool with a clock, connections and callers that the test moves. What must always hold is checked after each move.</summary>
internal sealed class PoolWorld
{
    public const int Max = 3;

    private readonly List<Action> _work = [];
    private readonly List<Wait> _waits = [];
    private bool _disposed;

    public PoolWorld()
    {
        Pool = new(Create, Options, Time, NullLogger.Instance, _work.Add);
    }

    public static HubConnectionPoolOptions Options { get; } = new()
    {
        MaxConnections = Max,
        MaxWaiting = 8,
        IdleTimeout = TimeSpan.FromSeconds(10),
        StartTimeout = TimeSpan.FromSeconds(5),
        AcquireTimeout = TimeSpan.FromSeconds(7),
        StopTimeout = TimeSpan.FromSeconds(6),
    };

    public FakeTimeProvider Time { get; } = new();

    public ConnectionPool Pool { get; }

    public List<FakeConnection> Connections { get; } = [];

    public List<PooledConnection> Leases { get; } = [];

    public IReadOnlyList<Wait> Waits => _waits;

    /// <summary>Acquires, and lets the pool do what it can do at once.</summary>
    public Task<PooledConnection> Acquire(string key, CancellationTokenSource? cancel = null)
    {
        cancel ??= new();
        Task<PooledConnection> task;
        try
        {
            task = Pool.AcquireAsync(key, cancel.Token).AsTask();
        }
        catch (HubConnectionPoolException full)
        {
            Assert.Equal(Options.MaxWaiting, _waits.Count);
            task = Task.FromException<PooledConnection>(full);
        }

        _waits.Add(new(key, task, cancel, Time.GetUtcNow()));
        Settle();
        return task;
    }

    public void Return(PooledConnection lease, bool twice = false)
    {
        var connection = Of(lease);
        Leases.Remove(lease);
        if (--connection.Leases == 0)
        {
            connection.IdleSince = Time.GetUtcNow();
        }

        lease.Dispose();
        if (twice)
        {
            lease.Dispose();
        }

        Settle();
    }

    public void Advance(TimeSpan time)
    {
        for (var step = Pool.Period / 2; time > TimeSpan.Zero; time -= step)
        {
            Time.Advance(step < time ? step : time);
            Settle();
        }
    }

    /// <summary>Has the background work done until there is none, and checks.</summary>
    public void Settle(int order = 0)
    {
        while (_work.Count > 0)
        {
            var next = order % _work.Count;
            var work = _work[next];
            _work.RemoveAt(next);
            work();
        }

        Collect();
        Check();
    }

    /// <summary>Disposes of the pool, ends all that is under way, and sees that nothing is left.</summary>
    public async Task EndAsync()
    {
        _disposed = true;
        var end = Pool.DisposeAsync().AsTask();
        Settle();
        foreach (var connection in Connections.Where(connection => connection.IsStarting).ToList())
        {
            connection.FailStart();
            Settle();
        }

        foreach (var connection in Connections.Where(connection => connection.IsStopping).ToList())
        {
            connection.FinishStop();
            Settle();
        }

        await end.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.All(Connections, connection => Assert.True(connection.IsStopped && connection.Stops == 1, $"{connection.Key} was stopped {connection.Stops} times."));
        Assert.Empty(_waits);
        Assert.Equal(0, Pool.Count);
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await Pool.AcquireAsync("a", default));
        Leases.ForEach(lease => lease.Dispose());
    }

    private static FakeConnection Of(PooledConnection lease) => (FakeConnection)lease.Entry.Connection!;

    private FakeConnection Create(string key)
    {
        Assert.DoesNotContain(Connections, connection => connection.Key == key && !connection.IsGivenUp);
        var connection = new FakeConnection(key, Stopping);
        Connections.Add(connection);
        return connection;
    }

    private void Stopping(FakeConnection connection)
    {
        if (connection.State == HubConnectionState.Connected && !connection.GivenUpAt.HasValue && !_disposed)
        {
            Assert.Equal(0, connection.Leases);
            Assert.True(Time.GetUtcNow() - connection.IdleSince >= Options.IdleTimeout || Pool.Count == Max, $"{connection.Key} was closed too early.");
        }
    }

    private void Collect()
    {
        foreach (var wait in _waits.Where(wait => wait.Task.IsCompleted).ToList())
        {
            _waits.Remove(wait);
            if (wait.Task.IsCompletedSuccessfully)
            {
                var lease = wait.Task.Result;
                var connection = Of(lease);
                Assert.Equal((wait.Key, HubConnectionState.Connected, 0), (connection.Key, connection.State, connection.Stops));
                connection.Leases++;
                Leases.Add(lease);
            }
            else if (wait.Task.Exception?.InnerException is { } exception && !_disposed)
            {
                var told = Assert.IsType<HubConnectionPoolException>(exception);
                Assert.Contains($"'{wait.Key}'", told.Message, StringComparison.Ordinal);
            }
        }
    }

    private void Check()
    {
        var now = Time.GetUtcNow();
        foreach (var connection in Connections.Where(connection => connection.IsGivenUp))
        {
            connection.GivenUpAt ??= now;
        }

        // one that nobody ever got is idle from its start
        foreach (var connection in Connections.Where(connection => connection.IsOpen && connection.IdleSince == default))
        {
            connection.IdleSince = now;
        }

        Assert.InRange(Pool.Count, 0, Max);
        Assert.InRange(Connections.Count(connection => !connection.IsStopped && !(now - connection.GivenUpAt >= Options.StopTimeout)), 0, Max);
        Assert.All(
            Connections.Where(connection => !connection.IsGivenUp).GroupBy(connection => connection.Key), connections => Assert.Single(connections));

        var open = Connections.Where(connection => connection.IsOpen).ToList();
        Assert.Equal(open.Count(connection => connection.Leases == 0 && _waits.All(wait => wait.Key != connection.Key)), Pool.IdleCount);
        foreach (var connection in open.Where(connection => _waits.Any(wait => wait.Key == connection.Key)))
        {
            connection.WantedAt = now;
        }

        Assert.All(open.Where(connection => connection.Leases == 0 && connection.State == HubConnectionState.Connected), connection =>
        {
            // one that was waited for while it reconnected is closed once nobody waits any more
            var due = connection.IdleSince + Options.IdleTimeout;
            Assert.True(now < (due > connection.WantedAt ? due : connection.WantedAt) + Pool.Period, $"{connection.Key} should be closed.");
        });
        Assert.All(_waits, wait =>
        {
            Assert.DoesNotContain(open, connection => connection.Key == wait.Key && connection.State == HubConnectionState.Connected);
            // at most: for a reconnect, for room, for the start of another, and for that one's reconnect
            Assert.True(now - wait.Since <= (3 * Options.StartTimeout) + Options.AcquireTimeout + (4 * Pool.Period), $"{wait.Key} waits for ever.");
        });
    }

    internal sealed record Wait(string Key, Task<PooledConnection> Task, CancellationTokenSource Cancel, DateTimeOffset Since);
}
