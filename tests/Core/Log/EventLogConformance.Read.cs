using Serverless.Log;
using Xunit;

namespace Serverless.Tests.Core.Log;

public abstract partial class EventLogConformance
{
    [Fact]
    public async Task Read_FromPosition_GivesWhatFollows()
    {
        var first = await AppendAsync("a");
        await AppendAsync("b");
        var last = await AppendAsync("c");
        var page = Assert.IsType<ReadResult.Page>(await Log.ReadAsync(Chat, first, 1 << 20, Stop));

        Assert.Equal(["b", "c"], Texts(page.Entries));
        Assert.Equal(last, page.End);
    }

    [Fact]
    public async Task Read_AtTheHead_IsEmptyAndEndsThere()
    {
        var head = await AppendAsync("a");

        Assert.Equal(new ReadResult.Page([], head), await EmptyAsync(head));
    }

    [Fact]
    public async Task Read_FromStartOfAnEmptyStream_EndsAtZeroWhichIsVerifiedAfterwards()
    {
        Assert.Equal(new ReadResult.Page([], Position.Zero), await EmptyAsync(ReadFrom.Start));
        var first = await AppendAsync("a");
        Assert.Equal(["a"], Texts(await PageAsync(Position.Zero)));
        await AppendAsync("b");
        await Log.TrimAsync(Chat, first.Offset, Stop);

        Assert.Equal(ResetReason.Trimmed, await ResetAsync(Position.Zero));
        Assert.Equal(["b"], Texts(await PageAsync(ReadFrom.Start)));
    }

    [Fact]
    public async Task Read_ZeroWithATag_IsTailLost()
    {
        Assert.Equal(ResetReason.TailLost, await ResetAsync(new(0, 1)));
        await AppendAsync("a");
        Assert.Equal(ResetReason.TailLost, await ResetAsync(new(0, 1)));
    }

    [Fact]
    public async Task Read_PositionWithAnotherTag_IsTailLost()
    {
        var first = await AppendAsync("a", "b");
        var second = await AppendAsync("c");

        Assert.Equal(ResetReason.TailLost, await ResetAsync(first with { Tag = first.Tag ^ 1 }));
        Assert.Equal(ResetReason.TailLost, await ResetAsync(new(1, second.Tag)));
        Assert.Equal(ResetReason.TailLost, await ResetAsync(first with { Tag = second.Tag }));
        Assert.Equal(ResetReason.TailLost, await ResetAsync(second with { Tag = 0 }));
        Assert.Equal(ResetReason.TailLost, await ResetAsync(second with { Tag = second.Tag ^ (1UL << 63) }));
    }

    [Fact]
    public async Task Read_BehindTheHead_IsTailLost()
    {
        var last = await AppendAsync("a");

        Assert.Equal(ResetReason.TailLost, await ResetAsync(last with { Offset = 2 }));
        Assert.Equal(ResetReason.TailLost, await ResetAsync(new(1_000_000, 7)));
    }

    [Fact]
    public async Task Read_BelowWhatIsHeld_IsTrimmed()
    {
        var first = await AppendAsync("a");
        var second = await AppendAsync("b");
        await AppendAsync("c");
        await Log.TrimAsync(Chat, 2, Stop);

        Assert.Equal(ResetReason.Trimmed, await ResetAsync(first));
        Assert.Equal(ResetReason.Trimmed, await ResetAsync(first with { Tag = 5 }));
        Assert.Equal(ResetReason.Trimmed, await ResetAsync(Position.Zero));
        Assert.Equal(["c"], Texts(await PageAsync(second)));
        Assert.Equal(ResetReason.TailLost, await ResetAsync(second with { Tag = first.Tag }));
    }

    [Fact]
    public async Task Read_WithinAnEntry_IsVerifiedByItsTagAndHandsItOutWhole()
    {
        var before = await AppendAsync("x");
        var last = await AppendAsync("a", "b", "c");
        var entry = Assert.Single(await PageAsync(last with { Offset = 3 }));

        Assert.Equal((2, 3), (entry.FirstOffset, entry.Count));
        Assert.Equal(ResetReason.TailLost, await ResetAsync(before with { Offset = 2 }));
    }

    [Fact]
    public async Task Read_FromAnEvent_GivesTheEntryThatHoldsItOrTheOldestBehindIt()
    {
        await AppendAsync("a");
        var second = await AppendAsync("b", "c");
        var third = await AppendAsync("d");

        Assert.Equal(["b", "c", "d"], Texts(await PageAsync(ReadFrom.Event(2))));
        Assert.Equal(["b", "c", "d"], Texts(await PageAsync(ReadFrom.Event(3))));
        Assert.Equal(["d"], Texts(await PageAsync(ReadFrom.Event(4))));
        await Log.TrimAsync(Chat, second.Offset, Stop);
        Assert.Equal(["d"], Texts(await PageAsync(ReadFrom.Event(2))));
        Assert.Equal(new ReadResult.Page([], third), await EmptyAsync(ReadFrom.Event(5)));
        Assert.Equal(new ReadResult.Page([], third), await EmptyAsync(ReadFrom.Event(50)));
    }

    [Fact]
    public async Task Read_LimitOfBytes_GivesPagesThatJoin()
    {
        for (var i = 0; i < 10; i++)
        {
            await AppendAsync($"{i}");
        }

        var from = ReadFrom.Start;
        var texts = new List<string>();
        for (var pages = 0; pages < 10; pages++)
        {
            var page = Assert.IsType<ReadResult.Page>(await Log.ReadAsync(Chat, from, 1, Stop));
            var entry = Assert.Single(page.Entries);
            texts.AddRange(Texts([entry]));
            Assert.Equal(entry.Last, page.End);
            from = page.End;
        }

        Assert.Equal(Enumerable.Range(0, 10).Select(i => $"{i}"), texts);
    }

    [Fact]
    public async Task Read_LimitOfBytes_StopsAfterTheEntryThatPassesIt()
    {
        for (var i = 0; i < 10; i++)
        {
            await AppendAsync($"{i}");
        }

        var bytes = (await PageAsync(ReadFrom.Start))[0].Frame.Length;
        var page = Assert.IsType<ReadResult.Page>(await Log.ReadAsync(Chat, ReadFrom.Start, 3 * bytes - 1, Stop));

        Assert.Equal(["0", "1", "2"], Texts(page.Entries));
    }

    [Fact]
    public async Task Read_AfterReopen_PositionsAreWhatTheyWere()
    {
        var first = await AppendAsync("a", "b");
        var second = await AppendAsync("c");
        await ReopenAsync();

        Assert.Equal(["a", "b", "c"], Texts(await PageAsync(first with { Offset = 1 })));
        Assert.Equal(["c"], Texts(await PageAsync(first)));
        Assert.Empty(await PageAsync(second));
        Assert.Equal(ResetReason.TailLost, await ResetAsync(first with { Tag = 1 }));
    }

    /// <summary>Reads a page without entries, made comparable.</summary>
    private async Task<ReadResult.Page> EmptyAsync(ReadFrom from)
    {
        var page = Assert.IsType<ReadResult.Page>(await Log.ReadAsync(Chat, from, 1 << 20, Stop));
        Assert.Empty(page.Entries);
        return page with { Entries = [] };
    }
}
