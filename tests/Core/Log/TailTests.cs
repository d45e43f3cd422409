using Serverless.Events;
using Serverless.Log;
using Xunit;

namespace Serverless.Tests.Core.Log;

/// <summary>Over a list of entries that is judged as logs do it; what the tail is told of, and when, is the test's to choose.</summary>
public sealed class TailTests
{
    private static readonly StreamName Chat = new("chat");

    private readonly Lock _lock = new();
    private readonly List<LogEntry> _entries = [];
    private readonly Tail _tail;
    private StreamHead _head = new(new("a", 0), 0, [new("a", 0)]);
    private int _reads;

    public TailTests() => _tail = new(ReadAsync);

    [Fact]
    public async Task Follow_HistoryThenLive_GivesEachOnceWithoutReadingAgain()
    {
        Append(2);
        await using var follow = Follow(Position.Start);
        Assert.Equal([1, 2], await NextAsync(follow));
        var waiting = follow.MoveNextAsync();
        var reads = _reads;
        _tail.Publish(Chat, Append());
        Assert.True(await waiting.In());
        Assert.Equal([3], Offsets(follow.Current));
        _tail.Publish(Chat, Append(2));
        _tail.Publish(Chat, Append());

        Assert.Equal([4, 5, 6], await NextAsync(follow));
        Assert.Equal(reads, _reads);
    }

    [Fact]
    public async Task Publish_EntryThatWasReadAlready_IsPassedOver()
    {
        await using var follow = Follow(_head.Head);
        var waiting = follow.MoveNextAsync();
        var first = Append();
        _tail.Publish(Chat, first);
        Assert.True(await waiting.In());
        _tail.Publish(Chat, first);
        _tail.Publish(Chat, Append());

        Assert.Equal([2], await NextAsync(follow));
    }

    [Fact]
    public async Task Publish_EntryAfterAGap_TheMissingOnesAreRead()
    {
        Append();
        await using var follow = Follow(Position.Start);
        await NextAsync(follow);
        var waiting = follow.MoveNextAsync();
        Append();
        Append(3);
        _tail.Publish(Chat, Append());

        Assert.True(await waiting.In());
        Assert.Equal([2, 3, 4, 5, 6], Offsets(follow.Current));
    }

    [Fact]
    public async Task Publish_MoreThanMayWait_TheRestIsRead()
    {
        await using var follow = Follow(_head.Head);
        var waiting = follow.MoveNextAsync();
        _tail.Publish(Chat, Append());
        Assert.True(await waiting.In());
        var seen = new List<long>(Offsets(follow.Current));
        var reads = _reads;
        for (var i = 0; i < 3000; i++)
        {
            _tail.Publish(Chat, Append());
        }

        while (seen.Count < 3001)
        {
            seen.AddRange(await NextAsync(follow));
        }

        Assert.Equal(Enumerable.Range(1, 3001).Select(i => (long)i), seen);
        Assert.Equal(reads + 1, _reads);
    }

    [Fact]
    public async Task Publish_WhileReadersEmptyTheirChannels_NoneStandsStill()
    {
        const int count = 20_000;
        var readers = Enumerable.Range(0, 3).Select(_ => Task.Run(async () =>
        {
            await using var follow = Follow(Position.Start);
            var next = 1L;
            while (next <= count)
            {
                foreach (var offset in await NextAsync(follow))
                {
                    Assert.Equal(next++, offset);
                }
            }
        })).ToArray();
        for (var i = 0; i < count; i++)
        {
            _tail.Publish(Chat, Append());
        }

        await Task.WhenAll(readers).In();
        Assert.Empty(_tail.Followed);
    }

    [Fact]
    public async Task Recheck_PositionWasLost_EndsWithReset()
    {
        Append(3);
        await using var follow = Follow(_head.Head);
        var waiting = follow.MoveNextAsync();
        BeginEpoch("b", 1);
        _tail.Recheck(Chat);

        Assert.True(await waiting.In());
        Assert.Equal(ResetReason.TailLost, Assert.IsType<ReadResult.Reset>(follow.Current).Reason);
        Assert.False(await follow.MoveNextAsync().In());
        Assert.Empty(_tail.Followed);
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
    public async Task Publish_EntryOfANewEpochThatLostNothing_GoesOn()
    {
        Append(3);
        await using var follow = Follow(_head.Head);
        var waiting = follow.MoveNextAsync();
        BeginEpoch("b", 3);
        _tail.Publish(Chat, Append());
        Assert.True(await waiting.In());
        Assert.Equal([4], Offsets(follow.Current));
        _tail.Publish(Chat, Append());

        Assert.Equal([5], await NextAsync(follow));
    }

    [Fact]
    public async Task Publish_EntryOfANewEpochThatTookTheReadersTail_EndsWithReset()
    {
        Append(3);
        await using var follow = Follow(_head.Head);
        var waiting = follow.MoveNextAsync();
        BeginEpoch("b", 2);
        _tail.Publish(Chat, Append(2));

        Assert.True(await waiting.In());
        Assert.IsType<ReadResult.Reset>(follow.Current);
    }

    [Fact]
    public async Task Publish_LostEntriesOfTheOldEpochStillWaiting_ArePassedOver()
    {
        Append(2);
        await using var follow = Follow(Position.Start);
        Assert.Equal([1, 2], await NextAsync(follow));
        _tail.Publish(Chat, Append());
        BeginEpoch("b", 2);
        _tail.Publish(Chat, Append());

        // the reader was handed offset 3 of epoch a, which is lost: it must be told, or have the stream's own
        Assert.True(await follow.MoveNextAsync().In());
        if (follow.Current is ReadResult.Page { Entries: [{ Last.Epoch: "a" }] })
        {
            Assert.True(await follow.MoveNextAsync().In());
            Assert.IsType<ReadResult.Reset>(follow.Current);
        }
        else
        {
            Assert.Equal("b", Assert.IsType<ReadResult.Page>(follow.Current).Entries[0].Last.Epoch);
        }
    }

    [Fact]
    public async Task Follow_Cancelled_LeavesTheTail()
    {
        using var cancel = new CancellationTokenSource();
        await using var follow = _tail.FollowAsync(Chat, _head.Head, cancel.Token).GetAsyncEnumerator(CancellationToken.None);
        var waiting = follow.MoveNextAsync().AsTask();
        Assert.Equal([Chat], _tail.Followed);
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.In());
        Assert.Empty(_tail.Followed);
    }

    private ValueTask<ReadResult> ReadAsync(StreamName stream, Position after, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            _reads++;
            return ValueTask.FromResult<ReadResult>(_head.Judge(after) is { } reason
                ? new ReadResult.Reset(reason, _head)
                : new ReadResult.Page([.. _entries.SkipWhile(entry => entry.Last.Offset <= after.Offset)]));
        }
    }

    private LogEntry Append(int count = 1)
    {
        lock (_lock)
        {
            var entry = new LogEntry(_head.Head with { Offset = _head.Head.Offset + count }, count, default);
            _entries.Add(entry);
            _head = _head with { Head = entry.Last };
            return entry;
        }
    }

    private void BeginEpoch(string name, long head)
    {
        lock (_lock)
        {
            _entries.RemoveAll(entry => entry.Last.Offset > head);
            _head = new(new(name, head), 0, [.. _head.Epochs, new(name, head)]);
        }
    }

    private IAsyncEnumerator<ReadResult> Follow(Position after) => _tail.FollowAsync(Chat, after, CancellationToken.None).GetAsyncEnumerator();

    private static async Task<IReadOnlyList<long>> NextAsync(IAsyncEnumerator<ReadResult> follow)
    {
        Assert.True(await follow.MoveNextAsync().In());
        return Offsets(follow.Current);
    }

    private static IReadOnlyList<long> Offsets(ReadResult result) =>
        [.. Assert.IsType<ReadResult.Page>(result).Entries.SelectMany(entry => Enumerable.Range(0, entry.Count).Select(i => entry.FirstOffset + i))];
}
