using Serverless.Log;
using Xunit;

namespace Serverless.Tests.Core.Log;

public abstract partial class EventLogConformance
{
    [Fact]
    public async Task Snapshot_NoneYet_IsNull()
    {
        await AppendAsync("a");

        Assert.Null(await Log.ReadSnapshotAsync(Chat, Stop));
    }

    [Fact]
    public async Task Snapshot_Saved_IsReadAlsoAfterReopen_AndALaterOneReplacesIt()
    {
        var first = await AppendAsync("a");
        await Log.SaveSnapshotAsync(Chat, new(first, new byte[] { 1, 0, 255 }), Stop);
        await AssertSnapshotAsync(first, [1, 0, 255]);
        await ReopenAsync();
        if (await Log.ReadSnapshotAsync(Chat, Stop) is null)
        {
            // a log that is gone with its process
            first = await AppendAsync("a");
            await Log.SaveSnapshotAsync(Chat, new(first, new byte[] { 1, 0, 255 }), Stop);
        }

        await AssertSnapshotAsync(first, [1, 0, 255]);
        var second = await AppendAsync("b");
        await Log.SaveSnapshotAsync(Chat, new(second, new byte[] { 2 }), Stop);
        await Log.SaveSnapshotAsync(Chat, new(first, new byte[] { 3 }), Stop);
        await AssertSnapshotAsync(second, [2]);
    }

    [Fact]
    public async Task Retention_WhatNoSnapshotHas_IsHeldUpToTwiceTheLimit()
    {
        await ReopenAsync(options => options.RetentionEvents = 3);
        var one = await AppendAsync("1");
        await Log.SaveSnapshotAsync(Chat, new(one, new byte[] { 1 }), Stop);
        for (var i = 2; i <= 6; i++)
        {
            await AppendAsync($"{i}");
        }

        Assert.Equal(["2", "3", "4", "5", "6"], await AllAsync());
        await AppendAsync("7", "8", "9");
        Assert.Equal(["4", "5", "6", "7", "8", "9"], await AllAsync());
        await Log.SaveSnapshotAsync(Chat, new(await AppendAsync("10"), new byte[] { 1 }), Stop);
        await AppendAsync("11");
        Assert.Equal(["10", "11"], (await AllAsync()).TakeLast(2));
        Assert.InRange((await AllAsync()).Count, 2, 4);
    }

    [Fact]
    public async Task FindHead_NoSuchStream_IsNullAndNothingIsBegun()
    {
        for (var i = 0; i < 2; i++)
        {
            Assert.Null(await Log.FindHeadAsync(Chat, Stop));
            Assert.Null(await Log.ReadSnapshotAsync(Chat, Stop));
            Assert.Null(await Log.ReadCheckpointAsync(Chat, "reader", Stop));
            Assert.Null(await Log.FindHeadAsync(Chat, Stop));
            await ReopenAsync();
        }
    }

    [Fact]
    public async Task FindHead_StreamThatWasBegunAppendedToOrTrimmed_IsItsHead()
    {
        var begun = await Log.HeadAsync(Chat, Stop);
        await AssertFoundAsync(begun.Head);
        await AssertFoundAsync(await AppendAsync("a", "b"));
        await Log.TrimAsync(Chat, 2, Stop);
        await AssertFoundAsync(begun.Head with { Offset = 2 });
        Assert.Equal(2, (await Log.FindHeadAsync(Chat, Stop))!.Trimmed);

        async Task AssertFoundAsync(Position head)
        {
            Assert.Equal(head, (await Log.FindHeadAsync(Chat, Stop))!.Head);
            Assert.Equal(head, (await Log.HeadAsync(Chat, Stop)).Head);
        }
    }

    private async Task AssertSnapshotAsync(Position at, byte[] state)
    {
        var snapshot = await Log.ReadSnapshotAsync(Chat, Stop);
        Assert.Equal(at, snapshot!.At);
        Assert.Equal(state, snapshot.State.ToArray());
    }
}
