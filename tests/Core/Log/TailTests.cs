using Serverless.Events;
using Serverless.Log;
using Xunit;

namespace Serverless.Tests.Core.Log;

/// <summary>Over a list of entries that is judged as logs do it; what the tail is told of, and when, is the test's to choose.</summary>
public sealed partial class TailTests
{
    private static readonly StreamName Chat = new("chat");

    private readonly Lock _lock = new();
    private readonly List<LogEntry> _entries = [];
    private readonly Tail _tail;
    private StreamHead _head = StreamHead.None;
    private ulong _tags;
    private int _reads;

    public TailTests() => _tail = new(ReadAsync);

    [Fact]
    public async Task Follow_HistoryThenLive_GivesEachOnceWithoutReadingAgain()
    {
        Append(2);
        await using var follow = Follow(ReadFrom.Start);
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
        await using var follow = Follow(ReadFrom.Start);
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
            await using var follow = Follow(ReadFrom.Start);
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
        Assert.Equal(0, _tail.FollowedCount);
    }

    [Fact]
    public async Task Follow_Cancelled_LeavesTheTail()
    {
        using var cancel = new CancellationTokenSource();
        await using var follow = _tail.FollowAsync(Chat, _head.Head, cancel.Token).GetAsyncEnumerator(CancellationToken.None);
        var waiting = follow.MoveNextAsync().AsTask();
        Assert.Equal(1, _tail.FollowedCount);
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.In());
        Assert.Equal(0, _tail.FollowedCount);
    }

    private ValueTask<ReadResult> ReadAsync(StreamName stream, ReadFrom from, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            _reads++;
            return ValueTask.FromResult(Chain.Result(from, [.. _entries.SkipWhile(entry => entry.Last.Offset <= from.Offset)], _head));
        }
    }

    private LogEntry Append(int count = 1)
    {
        lock (_lock)
        {
            var entry = new LogEntry(new(_head.Head.Offset + count, ++_tags), _head.Head.Tag, count, default);
            _entries.Add(entry);
            _head = _head with { Head = entry.Last };
            return entry;
        }
    }

    /// <summary>Loses the entries behind an offset.</summary>
    private void Lose(long head)
    {
        lock (_lock)
        {
            _entries.RemoveAll(entry => entry.Last.Offset > head);
            _head = _head with { Head = _entries.Count > 0 ? _entries[^1].Last : Position.Zero };
        }
    }

    private void Trim(long offset)
    {
        lock (_lock)
        {
            _entries.RemoveAll(entry => entry.Last.Offset <= offset);
            _head = _head with { Trimmed = offset };
        }
    }

    private IAsyncEnumerator<ReadResult> Follow(ReadFrom from) => _tail.FollowAsync(Chat, from, CancellationToken.None).GetAsyncEnumerator();

    private static async Task<IReadOnlyList<long>> NextAsync(IAsyncEnumerator<ReadResult> follow)
    {
        Assert.True(await follow.MoveNextAsync().In());
        return Offsets(follow.Current);
    }

    private static IReadOnlyList<long> Offsets(ReadResult result) =>
        [.. Assert.IsType<ReadResult.Page>(result).Entries.SelectMany(entry => Enumerable.Range(0, entry.Count).Select(i => entry.FirstOffset + i))];
}
