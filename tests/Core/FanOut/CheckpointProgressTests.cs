using Serverless.FanOut;
using Serverless.Log;
using Serverless.Tests.Fixtures;
using Xunit;
using static Serverless.Tests.Core.TestEvents;

namespace Serverless.Tests.Core.FanOut;

/// <summary>Whether a reader is done with an event is told by tags.</summary>
public sealed class CheckpointProgressTests
{
    private readonly LossyLog _log = new();
    private readonly TimerTime _time = new();

    [Fact]
    public async Task Reach_CheckpointOfALostTailWithAGreaterOffset_IsWaitedOut()
    {
        await AppendAsync(4);
        var lost = await AppendAsync(1);
        _log.Lose(Chat, 2);
        var awaited = await AppendAsync(1);
        await SaveLostAsync(lost);
        var waiting = WaitAsync(awaited);
        for (var i = 0; i < 50; i++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(100));
            await Task.Yield();
        }

        Assert.False(waiting.IsCompleted);
        await _log.SaveCheckpointAsync(Chat, "r", [await AppendAsync(1)], default);
        await AdvanceUntilAsync(waiting);
        Assert.Equal(WaitResult.Reached, await waiting);
    }

    [Fact]
    public async Task Reach_EventIsLost_SaysSo()
    {
        await AppendAsync(2);
        var lost = await AppendAsync(1);
        _log.Lose(Chat, 2);
        var waiting = WaitAsync(lost);
        await AdvanceUntilAsync(waiting);
        Assert.Equal(WaitResult.EventLost, await waiting);
    }

    /// <summary>A repeated event whose entry was trimmed has no tag any more.</summary>
    [Fact]
    public async Task Reach_TrimmedEventOrNone_IsReached()
    {
        var last = await AppendAsync(5);
        await _log.TrimAsync(Chat, 5, default);
        await _log.SaveCheckpointAsync(Chat, "r", [last], default);
        Assert.Equal(WaitResult.Reached, await WaitAsync(new(4, 0)));
        Assert.Equal(WaitResult.Reached, await WaitAsync(new(3, 0)));
        Assert.Equal(WaitResult.Reached, await WaitAsync(Position.Zero));
    }

    [Fact]
    public async Task Reach_NotInTime_SaysSo()
    {
        var waiting = WaitAsync(await AppendAsync(1));
        await AdvanceUntilAsync(waiting);
        Assert.Equal(WaitResult.TimedOut, await waiting);
    }

    private Task<WaitResult> WaitAsync(Position position) => new CheckpointProgress(_log, "r", _time).ReachAsync(Chat, position, TimeSpan.FromSeconds(10), default);

    private async Task AdvanceUntilAsync(Task task) => await Wait.UntilAsync(
        () =>
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            return Task.FromResult(task.IsCompleted);
        },
        "It waits on.");

    /// <summary>As it was kept before the loss.</summary>
    private async Task SaveLostAsync(Position lost)
    {
        _log.Keep(Chat, "r", [lost]);
        Assert.Equal([lost], await _log.ReadCheckpointAsync(Chat, "r", default));
    }

    private async Task<Position> AppendAsync(int count)
    {
        var at = Position.Zero;
        for (var i = 0; i < count; i++)
        {
            at = await TestEvents.AppendAsync(_log, Chat, Message("m"));
        }

        return at;
    }
}
