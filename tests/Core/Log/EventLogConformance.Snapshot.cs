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
        Assert.Equal(SaveResult.Saved, await SaveAsync(first, [1, 0, 255]));
        await AssertSnapshotAsync(first, [1, 0, 255]);
        await ReopenAsync();
        await AssertSnapshotAsync(first, [1, 0, 255]);
        var second = await AppendAsync("b");
        Assert.Equal(SaveResult.Saved, await SaveAsync(second, [2]));
        Assert.Equal(SaveResult.Superseded, await SaveAsync(first, [3]));
        await AssertSnapshotAsync(second, [2]);
    }

    [Fact]
    public async Task Snapshot_OffTheChain_IsNotKept()
    {
        var first = await AppendAsync("a", "b");
        var second = await AppendAsync("c");
        Assert.Equal(SaveResult.OffChain, await SaveAsync(second with { Tag = 5 }, [1]));
        Assert.Equal(SaveResult.OffChain, await SaveAsync(second with { Offset = 4 }, [1]));
        Assert.Null(await Log.ReadSnapshotAsync(Chat, Stop));
        Assert.Equal(SaveResult.Saved, await SaveAsync(first, [2]));
        Assert.Equal(SaveResult.OffChain, await SaveAsync(second with { Tag = first.Tag }, [3]));
        Assert.Equal(SaveResult.OffChain, await SaveAsync(first with { Tag = second.Tag }, [3]));
        await AssertSnapshotAsync(first, [2]);
    }

    [Fact]
    public async Task Snapshot_WithinAnEntry_IsKept()
    {
        var at = await AppendAsync("a", "b", "c") with { Offset = 2 };

        Assert.Equal(SaveResult.Saved, await SaveAsync(at, [1]));
        await AssertSnapshotAsync(at, [1]);
    }

    [Fact]
    public async Task Snapshot_WhatFollowsIsTrimmed_IsOffTheChainAndIsReplacedByAnEarlierThatIsNot()
    {
        var first = await AppendAsync("a");
        await AppendAsync("b");
        var third = await AppendAsync("c", "d");
        await AppendAsync("e");
        await Log.TrimAsync(Chat, 2, Stop);

        Assert.Equal(SaveResult.OffChain, await SaveAsync(first, [1]));
        Assert.Equal(SaveResult.Saved, await SaveAsync(third with { Offset = 3 }, [2]));
        await AssertSnapshotAsync(third with { Offset = 3 }, [2]);
    }

    [Fact]
    public async Task Snapshot_ThatWasSaved_IsTheCallersToChange()
    {
        var state = new byte[] { 1, 2 };
        var at = await AppendAsync("a");
        await SaveAsync(at, state);
        state[0] = 9;

        await AssertSnapshotAsync(at, [1, 2]);
    }

    [Fact]
    public async Task Retention_WhatNoSnapshotHas_IsHeldUpToTwiceTheLimit()
    {
        await ReopenAsync(options => options.RetentionEvents = 3);
        await SaveAsync(await AppendAsync("1"), [1]);
        for (var i = 2; i <= 6; i++)
        {
            await AppendAsync($"{i}");
        }

        Assert.Equal(["2", "3", "4", "5", "6"], await AllAsync());
        await AppendAsync("7", "8", "9");
        Assert.Equal(["4", "5", "6", "7", "8", "9"], await AllAsync());
        await SaveAsync(await AppendAsync("10"), [1]);
        await AppendAsync("11");
        Assert.Equal(["10", "11"], (await AllAsync()).TakeLast(2));
        Assert.InRange((await AllAsync()).Count, 2, 4);
    }

    [Fact]
    public async Task Retention_SnapshotThatWasRefused_IsNotHeeded()
    {
        await ReopenAsync(options => options.RetentionEvents = 2);
        var first = await AppendAsync("1");
        await SaveAsync(first, [1]);
        await AppendAsync("2");
        var third = await AppendAsync("3");
        Assert.Equal(SaveResult.OffChain, await SaveAsync(third with { Tag = 5 }, [2]));
        await AppendAsync("4");
        await AppendAsync("5");

        Assert.Equal(["2", "3", "4", "5"], Texts(await PageAsync(first)));
    }

    private ValueTask<SaveResult> SaveAsync(Position at, byte[] state) => Log.SaveSnapshotAsync(Chat, new(at, state), Stop);

    private async Task AssertSnapshotAsync(Position at, byte[] state)
    {
        var snapshot = await Log.ReadSnapshotAsync(Chat, Stop);
        Assert.Equal(at, snapshot!.At);
        Assert.Equal(state, snapshot.State.ToArray());
    }
}
