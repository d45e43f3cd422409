using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Serverless.Events;
using Serverless.FanOut.Lanes;
using Serverless.Log;
using Serverless.Log.Redis;
using Serverless.Tests.Fixtures;
using Xunit;
using static Serverless.Tests.Core.TestEvents;

namespace Serverless.Tests.Core.FanOut;

public sealed class VolatileLaneTests : IAsyncDisposable
{
    private readonly TimerTime _time = new();
    private readonly VolatileLane _lane;
    private readonly System.Threading.Channels.Channel<string> _received = System.Threading.Channels.Channel.CreateUnbounded<string>();

    public VolatileLaneTests() => _lane = Over(NewLog(), _time);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _lane.DisposeAsync();

    [Fact]
    public async Task Publish_SameKeyWithinAnInterval_OnlyTheLastGoesOut()
    {
        await using var subscription = await _lane.SubscribeAsync(Chat, Collect);
        _lane.Publish(Chat, Message("first", key: "a"));
        Assert.Equal("first", await NextAsync());
        await _time.TimerAsync();

        foreach (var (target, key) in new[] { ("a1", "a"), ("b1", "b"), ("a2", "a"), ("none", null), ("a3", "a") })
        {
            _lane.Publish(Chat, Message(target, key: key));
        }

        Assert.False(_received.Reader.TryPeek(out _));
        _time.Advance(TimeSpan.FromMilliseconds(40));
        Assert.Equal("a3,b1,none", await NextAsync());
    }

    [Fact]
    public async Task Publish_MoreThanMayWait_AreDroppedAndCounted()
    {
        await using var subscription = await _lane.SubscribeAsync(Chat, Collect);
        _lane.Publish(Chat, Message("first"));
        await NextAsync();
        await _time.TimerAsync();
        for (var i = 0; i < 5; i++)
        {
            _lane.Publish(Chat, Message($"{i}", key: $"{i}"));
        }

        _time.Advance(TimeSpan.FromMilliseconds(40));
        Assert.Equal("0,1,2", await NextAsync());
        Assert.Equal(2, _lane.Dropped);
    }

    [Fact]
    public async Task Publish_AfterAQuietTime_GoesOutAtOnceAgain()
    {
        await using var subscription = await _lane.SubscribeAsync(Chat, Collect);
        for (var i = 0; i < 3; i++)
        {
            _lane.Publish(Chat, Message($"{i}"));
            Assert.Equal($"{i}", await NextAsync());
            await _time.TimerAsync();
            _time.Advance(TimeSpan.FromMilliseconds(40));
        }
    }

    [Fact]
    public async Task Publish_OverRedis_ReachesOtherProcessesAndNoOtherStream()
    {
        await using var redis = new RedisServer();
        await redis.StartAsync();
        await using var first = new RedisEventLog(Options.Create(new LogOptions { Redis = redis.EndPoint }), TimeProvider.System, NullLogger<RedisEventLog>.Instance);
        await using var second = new RedisEventLog(Options.Create(new LogOptions { Redis = redis.EndPoint }), TimeProvider.System, NullLogger<RedisEventLog>.Instance);
        await first.OpenAsync(Stop);
        await second.OpenAsync(Stop);
        await using var here = Over(first, TimeProvider.System);
        await using var there = Over(second, TimeProvider.System);
        await using var subscription = await there.SubscribeAsync(Chat, Collect);

        here.Publish(new("other"), Message("elsewhere"));
        here.Publish(Chat, Message("one"));
        Assert.Equal("one", await NextAsync());
        there.Publish(Chat, Message("two"));
        Assert.Equal("two", await NextAsync());
        await subscription.DisposeAsync();
    }

    private static VolatileLane Over(IEventLog log, TimeProvider time) =>
        new(log, Frames, Options.Create(new VolatileOptions { MaxWaiting = 3 }), time, NullLogger<VolatileLane>.Instance);

    private void Collect(IReadOnlyList<MessageSent> messages) => _received.Writer.TryWrite(string.Join(',', messages.Select(message => message.Target)));

    private Task<string> NextAsync() => _received.Reader.ReadAsync(Stop).In();
}
