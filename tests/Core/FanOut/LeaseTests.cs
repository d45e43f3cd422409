using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Serverless.Events;
using Serverless.FanOut;
using Serverless.Log;
using Serverless.Log.Redis;
using Serverless.Tests.Fixtures;
using Xunit;
using static Serverless.Tests.Core.TestEvents;

namespace Serverless.Tests.Core.FanOut;

public sealed class LeaseTests : IAsyncDisposable
{
    private readonly TimerTime _time = new();
    private readonly Leases _leases = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly BlockingCollection<string> _done = [];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _stop.Dispose();
    }

    [Fact]
    public async Task Run_LeaseIsAnothers_WorksOnceItIsFree()
    {
        _leases.Holder = "another";
        var running = New().RunAsync(WorkAsync, _stop.Token);
        await _time.TimerAsync();
        Assert.Empty(_done);
        _leases.Holder = null;
        _time.Advance(LeaseTimes.Calm.Pause);

        Assert.Equal("begun", Next());
        await _stop.CancelAsync();
        Assert.Equal("ended", Next());
        await running.In();
        Assert.Null(_leases.Holder);
    }

    [Fact]
    public async Task Run_LeaseIsLost_EndsItsWorkAndAsksAgain()
    {
        var running = New().RunAsync(WorkAsync, _stop.Token);
        Assert.Equal("begun", Next());
        await _time.TimerAsync();
        _leases.Holder = "another";
        _time.Advance(LeaseTimes.Calm.Pause);

        Assert.Equal("ended", Next());
        Assert.Equal("another", _leases.Holder);
        await _stop.CancelAsync();
        await running.In();
    }

    [Fact]
    public async Task Run_LogIsAway_WorksOnAndEndsBeforeTheLeaseDoes()
    {
        var running = New().RunAsync(WorkAsync, _stop.Token);
        Assert.Equal("begun", Next());
        await _time.TimerAsync();
        _leases.IsAway = true;
        var passed = TimeSpan.Zero;
        while (_done.Count == 0)
        {
            Assert.True(passed < LeaseTimes.Calm.Duration, "It works on though its lease is over.");
            passed += LeaseTimes.Calm.Pause;
            _time.Advance(LeaseTimes.Calm.Pause);
            await _time.TimerAsync();
        }

        Assert.InRange(passed, 2 * LeaseTimes.Calm.Pause, LeaseTimes.Calm.Duration);
        Assert.Equal("ended", Next());
        _leases.IsAway = false;
        _time.Advance(LeaseTimes.Calm.Pause);
        Assert.Equal("begun", Next());
        await _stop.CancelAsync();
        await running.In();
    }

    [Fact]
    public async Task Hold_InRedis_IsOneOwnersUntilItEndsOrIsGivenBack()
    {
        await using var redis = new RedisServer();
        await redis.StartAsync();
        await using var log = new RedisEventLog(Options.Create(new LogOptions { Redis = redis.EndPoint }), TimeProvider.System, NullLogger<RedisEventLog>.Instance);
        await log.OpenAsync(Stop);
        ILeases leases = log;
        Task<bool> HoldAsync(string owner, int milliseconds = 60_000) =>
            leases.HoldAsync(Chat, "work", owner, TimeSpan.FromMilliseconds(milliseconds), Stop).AsTask();

        Assert.True(await HoldAsync("one"));
        Assert.False(await HoldAsync("two"));
        Assert.True(await HoldAsync("one"));
        Assert.True(await leases.HoldAsync(new("other"), "work", "two", LeaseTimes.Calm.Duration, Stop));
        await leases.ReleaseAsync(Chat, "work", "two", Stop);
        Assert.False(await HoldAsync("two"));
        await leases.ReleaseAsync(Chat, "work", "one", Stop);
        Assert.True(await HoldAsync("two", 1));
        await Wait.UntilAsync(() => HoldAsync("one"), "a lease of a millisecond doesn't end");
    }

    private Lease New() => new(_leases, Chat, "work", _time, NullLogger.Instance);

    private string Next() => _done.TryTake(out var next, Guard.Time) ? next : "nothing";

    private async Task WorkAsync(CancellationToken lost)
    {
        _done.Add("begun", CancellationToken.None);
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, lost).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _done.Add("ended", CancellationToken.None);
    }

    private sealed class Leases : ILeases
    {
        public volatile string? Holder;
        public volatile bool IsAway;

        public ValueTask<bool> HoldAsync(StreamName stream, string name, string owner, TimeSpan duration, CancellationToken cancellationToken)
        {
            if (IsAway)
            {
                throw new LogUnavailableException(stream, "away");
            }

            Holder ??= owner;
            return ValueTask.FromResult(Holder == owner);
        }

        public ValueTask ReleaseAsync(StreamName stream, string name, string owner, CancellationToken cancellationToken)
        {
            if (IsAway)
            {
                throw new LogUnavailableException(stream, "away");
            }

            Holder = Holder == owner ? null : Holder;
            return ValueTask.CompletedTask;
        }
    }
}
