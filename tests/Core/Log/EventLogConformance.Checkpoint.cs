using Serverless.Log;
using Xunit;

namespace Serverless.Tests.Core.Log;

public abstract partial class EventLogConformance
{
    [Fact]
    public async Task Checkpoint_NoneYet_IsEmpty()
    {
        await AppendAsync("a");

        Assert.Empty(await Log.ReadCheckpointAsync(Chat, "reader", Stop));
        Assert.Empty(await Log.ReadCheckpointAsync(new("untouched"), "reader", Stop));
    }

    [Fact]
    public async Task Checkpoint_Saved_ReplacesTheOneBefore_AlsoAnEarlierOne()
    {
        var first = await AppendAsync("a");
        var second = await AppendAsync("b");
        await SaveAsync("reader", second);
        await SaveAsync("reader", first);
        await SaveAsync("reader", Position.Zero);
    }

    [Fact]
    public async Task Checkpoint_OfManyPositions_IsReadBackNewestFirst()
    {
        var positions = new List<Position>();
        for (var i = 0; i < 70; i++)
        {
            positions.Insert(0, await AppendAsync($"{i}", $"{i}+"));
        }

        await SaveAsync("reader", [.. positions]);
        await SaveAsync("reader", [positions[0], positions[0] with { Offset = 139 }, positions[1], Position.Zero]);
    }

    [Fact]
    public async Task Checkpoint_OtherReaderAndOtherStream_HaveTheirOwn()
    {
        var first = await AppendAsync("a");
        var second = await AppendAsync("b");
        await SaveAsync("one", first);
        await SaveAsync("two", second, first);

        Assert.Equal([first], await Log.ReadCheckpointAsync(Chat, "one", Stop));
        Assert.Empty(await Log.ReadCheckpointAsync(new("other"), "one", Stop));
    }

    [Fact]
    public async Task Checkpoint_NewestIsOffTheChain_IsNotKept()
    {
        var first = await AppendAsync("a", "b");
        var second = await AppendAsync("c");
        await SaveAsync("reader", first);

        Assert.Equal(SaveResult.OffChain, await Log.SaveCheckpointAsync(Chat, "reader", [second with { Tag = 5 }, first], Stop));
        Assert.Equal(SaveResult.OffChain, await Log.SaveCheckpointAsync(Chat, "reader", [second with { Offset = 4 }, first], Stop));
        Assert.Equal(SaveResult.OffChain, await Log.SaveCheckpointAsync(new("other"), "reader", [first], Stop));
        Assert.Equal([first], await Log.ReadCheckpointAsync(Chat, "reader", Stop));
        Assert.Empty(await Log.ReadCheckpointAsync(new("other"), "reader", Stop));
        await SaveAsync("reader", first with { Offset = 1 });
        await SaveAsync("reader", second, first with { Tag = 5 });
    }

    [Fact]
    public async Task Checkpoint_OfAnEmptyStream_IsKeptAtZero()
    {
        Assert.Equal(SaveResult.Saved, await Log.SaveCheckpointAsync(Chat, "reader", [Position.Zero], Stop));
        Assert.Equal([Position.Zero], await Log.ReadCheckpointAsync(Chat, "reader", Stop));
        Assert.Equal(StreamHead.None, await Log.HeadAsync(Chat, Stop));
        Assert.Equal(1, (await AppendAsync("a")).Offset);
    }

    [Fact]
    public async Task Checkpoint_AfterReopen_IsThereAsTheEventsAre()
    {
        var at = await AppendAsync("a");
        var last = await AppendAsync("b");
        await SaveAsync("reader", last, at);
        await ReopenAsync();

        Assert.Equal([last, at], await Log.ReadCheckpointAsync(Chat, "reader", Stop));
        Assert.Equal(["b"], Texts(await PageAsync(at)));
    }

    [Fact]
    public async Task Checkpoint_WhatItHasNotSeen_IsTrimmedAllTheSame()
    {
        var at = await AppendAsync("a");
        await AppendAsync("b");
        var last = await AppendAsync("c");
        await SaveAsync("reader", at);
        await Log.TrimAsync(Chat, last.Offset - 1, Stop);

        Assert.Equal(["c"], await AllAsync());
        Assert.Equal(ResetReason.Trimmed, await ResetAsync(at));
        Assert.Equal([at], await Log.ReadCheckpointAsync(Chat, "reader", Stop));
        Assert.Equal(SaveResult.OffChain, await Log.SaveCheckpointAsync(Chat, "reader", [at], Stop));
    }

    private async Task SaveAsync(string reader, params Position[] locator)
    {
        Assert.Equal(SaveResult.Saved, await Log.SaveCheckpointAsync(Chat, reader, locator, Stop));
        Assert.Equal(locator, await Log.ReadCheckpointAsync(Chat, reader, Stop));
    }
}
