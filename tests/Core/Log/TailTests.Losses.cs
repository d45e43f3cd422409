using Serverless.Log;
using Xunit;

namespace Serverless.Tests.Core.Log;

/// <summary>What the tail does once the log holds something else than its readers have.</summary>
public sealed partial class TailTests
{
    [Fact]
    public async Task Recheck_PositionWasLost_EndsWithReset()
    {
        Append(3);
        await using var follow = Follow(_head.Head);
        var waiting = follow.MoveNextAsync();
        Lose(1);
        _tail.Recheck(Chat);

        Assert.True(await waiting.In());
        Assert.Equal(ResetReason.TailLost, Assert.IsType<ReadResult.Reset>(follow.Current).Reason);
        Assert.False(await follow.MoveNextAsync().In());
        Assert.Equal(0, _tail.FollowedCount);
    }

    [Fact]
    public async Task Recheck_PositionIsGood_GoesOn()
    {
        Append(3);
        await using var follow = Follow(_head.Head);
        var waiting = follow.MoveNextAsync();
        _tail.Recheck(Chat);
        _tail.Publish(Chat, Append());

        Assert.True(await waiting.In());
        Assert.Equal([4], Offsets(follow.Current));
    }

    [Fact]
    public async Task Publish_EntryThatNamesTheReadersLast_IsHandedOutWithoutReadingAgain()
    {
        Append(3);
        await using var follow = Follow(_head.Head);
        var waiting = follow.MoveNextAsync();
        var reads = _reads;
        _tail.Publish(Chat, Append());
        Assert.True(await waiting.In());

        Assert.Equal([4], Offsets(follow.Current));
        Assert.Equal(reads, _reads);
    }

    [Fact]
    public async Task Publish_EntryBehindATailThatTheReaderHasAndIsLost_EndsWithReset()
    {
        Append(2);
        Append();
        await using var follow = Follow(_head.Head);
        var waiting = follow.MoveNextAsync();
        Lose(2);
        _tail.Publish(Chat, Append(2));

        Assert.True(await waiting.In());
        Assert.Equal(ResetReason.TailLost, Assert.IsType<ReadResult.Reset>(follow.Current).Reason);
    }

    [Fact]
    public async Task Publish_EntryAtTheSameOffsetAsALostOne_EndsWithReset()
    {
        Append(2);
        Append();
        await using var follow = Follow(_head.Head);
        var waiting = follow.MoveNextAsync();
        Lose(2);
        Append();
        _tail.Publish(Chat, Append());

        Assert.True(await waiting.In());
        Assert.IsType<ReadResult.Reset>(follow.Current);
    }

    [Fact]
    public async Task Publish_LostEntriesStillWaiting_TheReaderIsToldOrHasTheStreamsOwn()
    {
        Append(2);
        await using var follow = Follow(ReadFrom.Start);
        Assert.Equal([1, 2], await NextAsync(follow));
        var lost = Append();
        _tail.Publish(Chat, lost);
        Lose(2);
        var own = Append();
        _tail.Publish(Chat, own);

        Assert.True(await follow.MoveNextAsync().In());
        var first = Assert.IsType<ReadResult.Page>(follow.Current).Entries[0];
        if (first.Last == lost.Last)
        {
            Assert.True(await follow.MoveNextAsync().In());
            Assert.IsType<ReadResult.Reset>(follow.Current);
        }
        else
        {
            Assert.Equal(own.Last, first.Last);
        }
    }

    [Fact]
    public async Task Follow_FromStartOfAnEmptyStreamThatIsTrimmedMeanwhile_EndsWithReset()
    {
        await using var follow = Follow(ReadFrom.Start);
        var waiting = follow.MoveNextAsync();
        Append();
        var second = Append();
        Trim(1);
        _tail.Publish(Chat, second);

        // the first entry was missed, and is gone
        Assert.True(await waiting.In());
        Assert.Equal(ResetReason.Trimmed, Assert.IsType<ReadResult.Reset>(follow.Current).Reason);
    }

    [Fact]
    public async Task Compare_AnotherHeadThanTheReaders_ItsPositionIsVerified()
    {
        Append(2);
        var old = Append().Last;
        await using var ended = Follow(old);
        var waiting = ended.MoveNextAsync();
        Lose(2);
        var own = Append().Last;
        await using var goesOn = Follow(own);
        var others = goesOn.MoveNextAsync();
        var reads = _reads;
        _tail.Compare(Chat, own);

        Assert.True(await waiting.In());
        Assert.IsType<ReadResult.Reset>(ended.Current);
        Assert.Equal(reads + 1, _reads);
        _tail.Publish(Chat, Append());
        Assert.True(await others.In());
        Assert.Equal([4], Offsets(goesOn.Current));
    }

    [Fact]
    public async Task Compare_WhileEntriesWait_TheyAreHandedOut()
    {
        Append();
        await using var follow = Follow(ReadFrom.Start);
        await NextAsync(follow);
        var waiting = follow.MoveNextAsync();
        _tail.Publish(Chat, Append());
        _tail.Compare(Chat, _head.Head);
        Assert.True(await waiting.In());

        Assert.Equal([2], Offsets(follow.Current));
    }

    [Fact]
    public async Task GoBack_ReadersUpToTheCommonEntry_GoOnWithoutWhatWaitsBeyondIt()
    {
        Append();
        await using var follow = Follow(ReadFrom.Start);
        await NextAsync(follow);
        var first = follow.MoveNextAsync();
        _tail.Publish(Chat, Append());
        Assert.True(await first.In());
        var common = Append();
        _tail.Publish(Chat, common);
        _tail.Publish(Chat, Append());
        Lose(3);
        _tail.GoBack(Chat, common.Last, _ => true);
        var own = Append();
        _tail.Publish(Chat, own);
        var reads = _reads;

        Assert.True(await follow.MoveNextAsync().In());
        Assert.Equal([common.Last, own.Last], Assert.IsType<ReadResult.Page>(follow.Current).Entries.Select(entry => entry.Last));
        Assert.Equal(reads, _reads);
    }

    [Fact]
    public async Task GoBack_ReaderBeyondTheCommonEntry_EndsWithReset()
    {
        Append(2);
        Append();
        await using var follow = Follow(_head.Head);
        var waiting = follow.MoveNextAsync();
        Lose(2);
        _tail.GoBack(Chat, _head.Head, _ => true);

        Assert.True(await waiting.In());
        Assert.Equal(ResetReason.TailLost, Assert.IsType<ReadResult.Reset>(follow.Current).Reason);
    }

    [Fact]
    public async Task GoBack_ReaderThatHasWhatTheStreamHoldsNow_GoesOn()
    {
        // it read by page what was appended after the loss, before the node met the loss: an offset beyond the common one, but no reset
        Append();
        Append();
        Lose(1);
        var common = _head.Head;
        var own = Append();
        await using var follow = Follow(own.Last);
        var waiting = follow.MoveNextAsync();
        _tail.GoBack(Chat, common, position => position == common);
        _tail.Publish(Chat, Append());

        Assert.True(await waiting.In());
        Assert.Equal([3], Offsets(follow.Current));
    }

    [Fact]
    public async Task GoBack_PositionThatIsNotRemembered_IsVerified()
    {
        Append();
        Append();
        await using var follow = Follow(new Position(1, _entries[0].Last.Tag));
        Assert.Equal([2], await NextAsync(follow));
        var waiting = follow.MoveNextAsync();
        var at = _head.Head;
        Append();
        Lose(2);
        var reads = _reads;
        _tail.GoBack(Chat, at, _ => false);
        _tail.Publish(Chat, Append());

        Assert.True(await waiting.In());
        Assert.Equal([3], Offsets(follow.Current));
        Assert.NotEqual(reads, _reads);
    }
}
