using Serverless.Events;
using Serverless.Log;
using Xunit;
using static Serverless.Tests.Core.TestEvents;

namespace Serverless.Tests.Core.Log;

public sealed class StreamAppenderTests
{
    private readonly FaultyLog _log = new(NewLog());
    private readonly StreamAppender _appender;

    public StreamAppenderTests() => _appender = new(Chat, _log, Frames, new TimerTime());

    [Fact]
    public async Task Append_SeveralCalls_EachIsToldItsOwnPositions()
    {
        var places = await AppendAsync([Message("a"), Message("b")], [Message("c")]);

        Assert.Equal([[1, 2], [3]], Offsets(places));
        Assert.All(places, own => Assert.All(own, place => Assert.False(place.IsDuplicate)));
        Assert.Equal(["a", "b", "c"], await TargetsAsync(_log));
        Assert.Single(_log.Appends);
    }

    [Fact]
    public async Task Append_EqualKeysInABatch_AreMergedIntoTheFirst()
    {
        var places = await AppendAsync([Message("a", key: "k"), Message("b")], [Message("c", key: "k"), Message("d", key: "k2")]);

        Assert.Equal([[1, 2], [1, 3]], Offsets(places));
        Assert.Equal([false, false, true, false], places.SelectMany(own => own).Select(place => place.IsDuplicate));
        Assert.Equal(["a", "b", "d"], await TargetsAsync(_log));
    }

    [Fact]
    public async Task Append_KnownKeys_AreTakenOutAndAnsweredWithWhereTheyStand()
    {
        await AppendAsync([Message("first"), Message("known", key: "k1"), Message("known", key: "k2")]);
        var places = await AppendAsync([Message("a"), Message("b", key: "k2")], [Message("c", key: "k1")], [Message("d", key: "k3")]);

        Assert.Equal([[4, 3], [2], [5]], Offsets(places));
        Assert.Equal([false, true, true, false], places.SelectMany(own => own).Select(place => place.IsDuplicate));
        Assert.Equal(["first", "known", "known", "a", "d"], await TargetsAsync(_log));
    }

    [Fact]
    public async Task Append_SeveralCalls_AllPositionsHaveTheTagOfTheirEntry()
    {
        var first = await AppendAsync([Message("a"), Message("known", key: "k1")], [Message("b")]);
        var second = await AppendAsync([Message("c"), Message("d", key: "k1")], [Message("e", key: "k2")], [Message("f", key: "k2")]);
        var entries = Assert.IsType<ReadResult.Page>(await _log.ReadAsync(Chat, ReadFrom.Start, int.MaxValue, CancellationToken.None)).Entries;

        Assert.All(first.SelectMany(own => own), place => Assert.Equal(entries[0].Last.Tag, place.Position.Tag));
        Assert.Equal(
            [entries[1].Last.Tag, entries[0].Last.Tag, entries[1].Last.Tag, entries[1].Last.Tag],
            second.SelectMany(own => own).Select(place => place.Position.Tag));
    }

    [Fact]
    public async Task Append_KeyThatIsBothKnownAndTwiceInTheBatch_HasOnePosition()
    {
        await AppendAsync([Message("known", key: "k")]);
        var places = await AppendAsync([Message("a", key: "k")], [Message("b", key: "k"), Message("c")]);

        Assert.Equal([[1], [1, 2]], Offsets(places));
        Assert.Equal([true, true, false], places.SelectMany(own => own).Select(place => place.IsDuplicate));
    }

    [Fact]
    public async Task Append_OnlyKnownKeys_AppendsNothing()
    {
        await AppendAsync([Message("a", key: "k1"), Message("b", key: "k2")]);
        var places = await AppendAsync([Message("c", key: "k2")], [Message("d", key: "k1")]);

        Assert.Equal([[2], [1]], Offsets(places));
        Assert.Equal(["a", "b"], await TargetsAsync(_log));
        Assert.Equal(2, _log.Appends.Count);
    }

    [Fact]
    public async Task Append_LogFails_AllCallsFail()
    {
        _log.BeforeAppend = _ => throw new LogUnavailableException(Chat, "down");
        PendingAppend[] calls = [new([Message("a")]), new([Message("b")])];
        await _appender.AppendAsync(calls);

        foreach (var call in calls)
        {
            await Assert.ThrowsAsync<LogUnavailableException>(() => call.Stored);
        }

        Assert.Empty(await TargetsAsync(_log));
    }

    [Fact]
    public async Task Append_FailsOnce_TheNextBatchIsStored()
    {
        _log.BeforeAppend = _ => throw new LogUnavailableException(Chat, "down");
        var failed = new PendingAppend([Message("a")]);
        await _appender.AppendAsync([failed]);
        _log.BeforeAppend = null;

        Assert.Equal([[1]], Offsets(await AppendAsync([Message("b")])));
        await Assert.ThrowsAsync<LogUnavailableException>(() => failed.Stored);
    }

    [Fact]
    public async Task Append_EventThatCannotBeStored_TheCallsFailAndNothingIsAppended()
    {
        var call = new PendingAppend([Message("a"), new UnknownEvent { Kind = 99 }]);
        await _appender.AppendAsync([call]);

        await Assert.ThrowsAsync<ArgumentException>(() => call.Stored);
        Assert.Empty(_log.Appends);
    }

    [Fact]
    public void ByteCount_Event_CountsWhatItCarries()
    {
        var many = Enumerable.Range(0, 100).Select(i => new string('x', 100)).ToArray();

        Assert.InRange(new PendingAppend([Message("a", arguments: "[" + new string(' ', 5000) + "]")]).ByteCount, 5000, 5200);
        Assert.InRange(new PendingAppend([Message("a", excluded: many)]).ByteCount, 10_000, 10_200);
        Assert.InRange(new PendingAppend([Message(new string('t', 1000))]).ByteCount, 1000, 1200);
    }

    private async Task<StoredEvent[][]> AppendAsync(params Event[][] calls)
    {
        PendingAppend[] pending = [.. calls.Select(events => new PendingAppend(events))];
        await _appender.AppendAsync(pending);
        return await Task.WhenAll(pending.Select(call => call.Stored)).In();
    }

    private static long[][] Offsets(StoredEvent[][] places) => [.. places.Select(own => own.Select(place => place.Position.Offset).ToArray())];
}
