using Serverless.Log;
using Xunit;

namespace Serverless.Tests.Core.Log;

public abstract partial class EventLogConformance
{
    [Fact]
    public async Task Checkpoint_NoneYet_IsNull()
    {
        await AppendAsync("a");

        Assert.Null(await Log.ReadCheckpointAsync(Chat, "reader", Stop));
        Assert.Null(await Log.ReadCheckpointAsync(new("untouched"), "reader", Stop));
    }

    [Fact]
    public async Task Checkpoint_Saved_ReplacesTheOneBefore_AlsoAnEarlierOne()
    {
        var first = await AppendAsync("a");
        var second = await AppendAsync("b");
        await Log.SaveCheckpointAsync(Chat, "reader", second, Stop);
        Assert.Equal(second, await Log.ReadCheckpointAsync(Chat, "reader", Stop));
        await Log.SaveCheckpointAsync(Chat, "reader", first, Stop);
        Assert.Equal(first, await Log.ReadCheckpointAsync(Chat, "reader", Stop));
    }

    [Fact]
    public async Task Checkpoint_OtherReaderAndOtherStream_HaveTheirOwn()
    {
        var first = await AppendAsync("a");
        var second = await AppendAsync("b");
        await Log.SaveCheckpointAsync(Chat, "one", first, Stop);
        await Log.SaveCheckpointAsync(Chat, "two", second, Stop);

        Assert.Equal(first, await Log.ReadCheckpointAsync(Chat, "one", Stop));
        Assert.Equal(second, await Log.ReadCheckpointAsync(Chat, "two", Stop));
        Assert.Null(await Log.ReadCheckpointAsync(new("other"), "one", Stop));
    }

    [Fact]
    public async Task Checkpoint_AfterReopen_IsThereAsTheEventsAre()
    {
        var at = await AppendAsync("a");
        await AppendAsync("b");
        await Log.SaveCheckpointAsync(Chat, "reader", at, Stop);
        await ReopenAsync();

        var held = await AllAsync();
        Assert.Equal(held.Count > 0 ? at : null, await Log.ReadCheckpointAsync(Chat, "reader", Stop));
    }

    [Fact]
    public async Task Checkpoint_WhatItHasNotSeen_IsTrimmedAllTheSame()
    {
        var at = await AppendAsync("a");
        await AppendAsync("b");
        var last = await AppendAsync("c");
        await Log.SaveCheckpointAsync(Chat, "reader", at, Stop);
        await Log.TrimAsync(Chat, last.Offset - 1, Stop);

        Assert.Equal(["c"], await AllAsync());
        Assert.Equal(ResetReason.Trimmed, Assert.IsType<ReadResult.Reset>(await Log.ReadAsync(Chat, at, 1024, Stop)).Reason);
        Assert.Equal(at, await Log.ReadCheckpointAsync(Chat, "reader", Stop));
    }
}
