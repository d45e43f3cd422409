using Serverless.Client;
using Xunit;

namespace Serverless.Tests.Client.Pool;

public sealed class ConnectionPoolTests
{
    private readonly PoolWorld _world = new();

    [Fact]
    public async Task Acquire_SameKeyAtTheSameTime_SharesOneStart()
    {
        var waits = Enumerable.Range(0, 5).Select(_ => _world.Acquire("ada")).ToList();
        Single().FinishStart();
        _world.Settle();

        Assert.All(waits, wait => Assert.True(wait.IsCompletedSuccessfully));
        Assert.Equal(5, Single().Leases);
        await _world.EndAsync();
    }

    [Fact]
    public async Task Acquire_StartFails_IsToldToAllAndNotKept()
    {
        var (first, second) = (_world.Acquire("ada"), _world.Acquire("ada"));
        Single().FailStart();
        _world.Settle();

        var told = await Assert.ThrowsAsync<HubConnectionPoolException>(() => first);
        await Assert.ThrowsAsync<HubConnectionPoolException>(() => second);
        Assert.Equal("ada", told.Key);
        Assert.IsType<HttpRequestException>(told.InnerException);
        _ = _world.Acquire("ada");
        Assert.Equal(2, _world.Connections.Count);
        await _world.EndAsync();
    }

    [Fact]
    public async Task Acquire_OneIsCancelled_GoesOnForTheOther()
    {
        using var cancel = new CancellationTokenSource();
        var (cancelled, other) = (_world.Acquire("ada", cancel), _world.Acquire("ada"));
        await cancel.CancelAsync();
        Assert.False(Single().IsGivenUp);
        Single().FinishStart();
        _world.Settle();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        Assert.True(other.IsCompletedSuccessfully);
        await _world.EndAsync();
    }

    [Fact]
    public async Task Acquire_AllAreCancelled_GivesTheStartUp()
    {
        using var cancel = new CancellationTokenSource();
        _ = (_world.Acquire("ada", cancel), _world.Acquire("ada", cancel));
        await cancel.CancelAsync();
        _world.Settle();
        Assert.True(Single().IsGivenUp);
        Single().FinishStart();
        _world.Settle();

        Assert.Equal(1, Single().Stops);
        await _world.EndAsync();
    }

    [Fact]
    public async Task Acquire_StartTakesTooLong_SaysSo()
    {
        var wait = _world.Acquire("ada");
        _world.Advance(PoolWorld.Options.StartTimeout + _world.Pool.Period);

        Assert.Contains("didn't start within 5 s", (await Assert.ThrowsAsync<HubConnectionPoolException>(() => wait)).Message, StringComparison.Ordinal);
        await _world.EndAsync();
    }

    [Fact]
    public async Task Acquire_Full_ClosesTheLongestIdleFirst()
    {
        Open("a", "b", "c");
        foreach (var key in new[] { "b", "a", "c" })
        {
            _world.Return(Held(key));
            _world.Advance(TimeSpan.FromSeconds(1));
        }

        var wait = _world.Acquire("d");
        Assert.Equal(["b"], _world.Connections.Where(connection => connection.IsStopping).Select(connection => connection.Key));
        Assert.Equal(3, _world.Connections.Count);
        Of("b").FinishStop();
        _world.Settle();
        Of("d").FinishStart();
        _world.Settle();

        Assert.True(wait.IsCompletedSuccessfully);
        await _world.EndAsync();
    }

    [Fact]
    public async Task Acquire_FullAndNoneIsReturned_SaysWhatToDo()
    {
        Open("a", "b", "c");
        var wait = _world.Acquire("d");
        _world.Advance(PoolWorld.Options.AcquireTimeout + _world.Pool.Period);

        var told = await Assert.ThrowsAsync<HubConnectionPoolException>(() => wait);
        Assert.Contains("raise MaxConnections", told.Message, StringComparison.Ordinal);
        await _world.EndAsync();
    }

    [Fact]
    public async Task Release_Last_BeginsTheIdleTime()
    {
        Open("ada");
        _ = _world.Acquire("ada");
        _world.Return(Held("ada"));
        _world.Advance(2 * PoolWorld.Options.IdleTimeout);
        Assert.Equal(0, Single().Stops);

        _world.Return(Held("ada"));
        _world.Advance(PoolWorld.Options.IdleTimeout - TimeSpan.FromMilliseconds(1));
        Assert.Equal((0, 1), (Single().Stops, _world.Pool.IdleCount));
        _world.Advance(_world.Pool.Period);
        Assert.Equal(1, Single().Stops);
        await _world.EndAsync();
    }

    [Fact]
    public async Task Acquire_Reconnecting_WaitsAndThenReplaces()
    {
        Open("ada");
        Single().Lose();
        var back = _world.Acquire("ada");
        Single().Reconnect();
        _world.Settle();
        Assert.True(back.IsCompletedSuccessfully);

        Single().Lose();
        var replaced = _world.Acquire("ada");
        _world.Advance(PoolWorld.Options.StartTimeout + _world.Pool.Period);
        Assert.Equal(2, _world.Connections.Count);
        _world.Connections[1].FinishStart();
        _world.Settle();
        Assert.True(replaced.IsCompletedSuccessfully);
        await _world.EndAsync();
    }

    [Fact]
    public async Task Acquire_FactoryThrows_IsTold()
    {
        Queue<Action> work = new();
        var pool = new ConnectionPool(
            _ => throw new UriFormatException("no address"), new(), _world.Time, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance, work.Enqueue);
        var wait = pool.AcquireAsync("ada", default);
        work.Dequeue()();

        Assert.IsType<UriFormatException>((await Assert.ThrowsAsync<HubConnectionPoolException>(async () => await wait)).InnerException);
        Assert.Equal(0, pool.Count);
        await pool.DisposeAsync();
    }

    [Fact]
    public async Task Dispose_ConnectionNeverCloses_IsGivenUp()
    {
        Open("ada");
        var end = _world.Pool.DisposeAsync().AsTask();
        Assert.False(end.IsCompleted);
        _world.Time.Advance(PoolWorld.Options.StopTimeout + _world.Pool.Period);

        await end.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(0, _world.Pool.Count);
    }

    [Fact]
    public void Options_OutOfRange_AreRefused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new HubConnectionPool(_ => null!, new() { IdleTimeout = TimeSpan.Zero }));
        Assert.Throws<ArgumentOutOfRangeException>(() => new HubConnectionPool(_ => null!, new() { MaxConnections = 0 }));
    }

    private FakeConnection Single() => Assert.Single(_world.Connections);

    private FakeConnection Of(string key) => _world.Connections.Last(connection => connection.Key == key);

    private PooledConnection Held(string key) => _world.Leases.First(lease => lease.Key == key);

    private void Open(params string[] keys)
    {
        foreach (var key in keys)
        {
            _ = _world.Acquire(key);
            Of(key).FinishStart();
            _world.Settle();
        }
    }
}
