using Serverless.Events;
using Serverless.Log;
using Xunit;
using static Serverless.Tests.Core.Services.Documents.DocumentHost;

namespace Serverless.Tests.Core.Services.Documents;

public sealed class DocumentSyncTests
{
    /// <summary>The position of a document without changes.</summary>
    private const string Nowhere = "0.0000000000000000";

    public static TheoryData<PayloadFormat> Formats => [PayloadFormat.Json, PayloadFormat.MessagePack];

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task Sync_NewDocument_IsEmptyAndHasAPosition(PayloadFormat format)
    {
        await using var host = new DocumentHost { Format = format };
        var reply = await host.GetAsync("document-sync", "report");

        Assert.Equal(Nowhere, Position(reply));
        Assert.Empty(Updates(reply));
        Assert.False(reply.GetProperty("more").GetBoolean());
        Assert.False(reply.GetProperty("compact").GetBoolean());
        Assert.Equal(format == PayloadFormat.MessagePack, reply.GetProperty("binary").GetBoolean());
        Assert.Equal((512 * 1024, 700 * 1024), (reply.GetProperty("maxUpdate").GetInt32(), reply.GetProperty("maxSnapshot").GetInt32()));
        Assert.False(reply.TryGetProperty("snapshot", out _));
        Assert.False(reply.TryGetProperty("reset", out _));
        await host.ChangeAsync("report", Typed(1, 0, "a"));
        Assert.Equal([Typed(1, 0, "a")], Updates(await host.GetAsync("document-sync", "report", Position(reply))));
    }

    [Theory]
    [InlineData("3")]
    [InlineData("e:3")]
    [InlineData("3.1234")]
    [InlineData("-1.0123456789abcdef")]
    public async Task Sync_NotAPosition_IsRefused(string position)
    {
        await using var host = new DocumentHost();

        Assert.Equal("A position is text that the node gave: offset, dot, tag.", await host.RefusedAsync("document-sync", "report", position));
    }

    /// <summary>Ids are made up by callers: asking for one costs the log nothing.</summary>
    [Fact]
    public async Task Sync_NoSuchDocument_BeginsNothing()
    {
        await using var host = new DocumentHost();
        Assert.Equal(Nowhere, Position(await host.GetAsync("document-sync", "report")));
        var reply = await host.GetAsync("document-sync", "report", "1.0123456789abcdef");
        Assert.Equal((Nowhere, "tailLost"), (Position(reply), reply.GetProperty("reset").GetString()));
        await host.RefusedAsync("document-snapshot", "report", Nowhere, Typed(1, 0, "a"));
        await host.RefusedAsync("document-snapshot", "report", "1.0123456789abcdef", Typed(1, 0, "a"));
        await host.InvokeAsync("document-leave", "report");
        Assert.Equal(StreamHead.None, await host.Log.HeadAsync(Stream("report"), CancellationToken.None));

        var position = await host.ChangeAsync("report", Typed(1, 0, "a"));
        await host.GetAsync("document-snapshot", "report", position, Typed(1, 0, "a"));
        reply = await host.GetAsync("document-sync", "report", Nowhere);
        Assert.Equal((position, Typed(1, 0, "a")), (Position(reply), Bytes(reply, "snapshot")), (one, other) => one.Item1 == other.Item1 && one.Item2!.SequenceEqual(other.Item2!));
    }

    /// <summary>Reading from the start is never a reset in the log, also when what was there is in a snapshot by now.</summary>
    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Sync_FirstCompactionOvertakesTheReading_GivesTheSnapshot(int changes)
    {
        await using var host = new DocumentHost();
        await host.ChangeAsync("report", Typed(1, 0, "a"));
        var second = await host.ChangeAsync("report", Typed(1, 1, "b"));
        var last = changes == 2 ? second : await host.ChangeAsync("report", Typed(1, 2, "c"));
        host.Log.BeforePage = async () =>
        {
            host.Log.BeforePage = null;
            await host.GetAsync("document-snapshot", "report", second, Typed(1, 0, "ab"));
        };

        var reply = await host.GetAsync("document-sync", "report");
        Assert.Equal(Typed(1, 0, "ab"), Bytes(reply, "snapshot"));
        Assert.Equal(changes - 2, Updates(reply).Count);
        Assert.Equal(last, Position(reply));
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task Sync_Position_GivesWhatFollows(PayloadFormat format)
    {
        await using var host = new DocumentHost { Format = format };
        await host.ChangeAsync("report", Typed(1, 0, "a"));
        var second = await host.ChangeAsync("report", Typed(1, 1, "b"));
        var third = await host.ChangeAsync("report", Typed(2, 0, "c"));

        var all = await host.GetAsync("document-sync", "report");
        Assert.Equal([Typed(1, 0, "a"), Typed(1, 1, "b"), Typed(2, 0, "c")], Updates(all));
        Assert.Equal(third, Position(all));
        Assert.Equal([Typed(2, 0, "c")], Updates(await host.GetAsync("document-sync", "report", second)));
        Assert.Empty(Updates(await host.GetAsync("document-sync", "report", third, null)));
    }

    [Fact]
    public async Task Sync_MoreThanAPage_IsReadInPagesWithoutAGap()
    {
        await using var host = new DocumentHost(options => options.PageBytes = 1024);
        for (var i = 0; i < 100; i++)
        {
            await host.ChangeAsync("report", Typed(1, i * 100, new((char)('a' + (i % 26)), 100)));
        }

        var (read, position, pages) = (new List<byte[]>(), (string?)null, 0);
        for (var more = true; more; pages++)
        {
            var reply = await host.GetAsync("document-sync", "report", position);
            Assert.InRange(Updates(reply).Sum(update => update.Length), 1, 1024);
            read.AddRange(Updates(reply));
            (position, more) = (Position(reply), reply.GetProperty("more").GetBoolean());
        }

        Assert.Equal(Enumerable.Range(0, 100).Select(i => Typed(1, i * 100, new((char)('a' + (i % 26)), 100))), read);
        Assert.InRange(pages, 11, 20);
    }

    [Fact]
    public async Task Sync_ChangeLargerThanAPage_GoesAlone()
    {
        await using var host = new DocumentHost(options => options.PageBytes = 1024);
        await host.ChangeAsync("report", Typed(1, 0, "a"));
        await host.ChangeAsync("report", Typed(1, 1, new('b', 5000)));

        var first = await host.GetAsync("document-sync", "report");
        Assert.Single(Updates(first));
        var second = await host.GetAsync("document-sync", "report", Position(first));
        Assert.Equal(Typed(1, 1, new('b', 5000)), Assert.Single(Updates(second)));
        Assert.Equal((true, false), (first.GetProperty("more").GetBoolean(), second.GetProperty("more").GetBoolean()));
    }

    [Fact]
    public async Task Sync_StateVector_LeavesOutWhatItCoversUnlessThatDeletes()
    {
        await using var host = new DocumentHost();
        await host.ChangeAsync("report", Typed(1, 0, "abc"));
        await host.ChangeAsync("report", Deleted(1, 1, 1));
        await host.ChangeAsync("report", Typed(1, 3, "d"));
        await host.ChangeAsync("report", Typed(2, 0, "e"));

        Assert.Equal([Deleted(1, 1, 1), Typed(1, 3, "d"), Typed(2, 0, "e")], Updates(await host.GetAsync("document-sync", "report", null, StateVector(1, 3))));
        Assert.Equal([Deleted(1, 1, 1), Typed(2, 0, "e")], Updates(await host.GetAsync("document-sync", "report", null, StateVector(1, 4))));
        Assert.Equal(4, Updates(await host.GetAsync("document-sync", "report", null, StateVector(1, 2))).Count);
    }

    [Fact]
    public async Task Sync_Snapshot_IsGivenToThoseWhoLackItAndThenWhatFollows()
    {
        await using var host = new DocumentHost();
        var first = await host.ChangeAsync("report", Typed(1, 0, "a"));
        var second = await host.ChangeAsync("report", Typed(1, 1, "b"));
        var third = await host.ChangeAsync("report", Typed(1, 2, "c"));
        await host.GetAsync("document-snapshot", "report", third, Typed(1, 0, "abc"));
        var fourth = await host.ChangeAsync("report", Typed(1, 3, "d"));

        var anew = await host.GetAsync("document-sync", "report");
        Assert.Equal(Typed(1, 0, "abc"), Bytes(anew, "snapshot"));
        Assert.Equal(([Typed(1, 3, "d")], fourth), (Updates(anew), Position(anew)), Same);
        var behind = await host.GetAsync("document-sync", "report", first);
        Assert.Equal("trimmed", behind.GetProperty("reset").GetString());
        Assert.Equal(Typed(1, 0, "abc"), Bytes(behind, "snapshot"));
        // the newest change stays in the stream when it is compacted: nobody who lacks it alone needs the snapshot
        var almost = await host.GetAsync("document-sync", "report", second);
        Assert.False(almost.TryGetProperty("reset", out _));
        Assert.Equal(([Typed(1, 2, "c"), Typed(1, 3, "d")], fourth), (Updates(almost), Position(almost)), Same);
        var after = await host.GetAsync("document-sync", "report", third);
        Assert.Equal((null, [Typed(1, 3, "d")]), (Bytes(after, "snapshot"), Updates(after)), (one, other) => one.Item1 == other.Item1 && one.Item2.SelectMany(x => x).SequenceEqual(other.Item2.SelectMany(x => x)));
        Assert.Null(Bytes(await host.GetAsync("document-sync", "report", null, StateVector(1, 3)), "snapshot"));
        Assert.NotNull(Bytes(await host.GetAsync("document-sync", "report", null, StateVector(1, 2)), "snapshot"));
    }

    [Fact]
    public async Task Sync_SnapshotLargerThanAPage_GoesAlone()
    {
        await using var host = new DocumentHost(options => options.PageBytes = 1024);
        var position = await host.ChangeAsync("report", Typed(1, 0, new('x', 3000)));
        await host.GetAsync("document-snapshot", "report", position, Typed(1, 0, new('x', 3000)));
        await host.ChangeAsync("report", Typed(1, 3000, "y"));

        var first = await host.GetAsync("document-sync", "report");
        Assert.Equal((0, true, position), (Updates(first).Count, first.GetProperty("more").GetBoolean(), Position(first)));
        Assert.Equal([Typed(1, 3000, "y")], Updates(await host.GetAsync("document-sync", "report", position)));
    }

    /// <summary>The log lost what the client has: it is given all that is held, and is told why.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Sync_PositionThatWasLost_BeginsAnewWithTheReason(int since)
    {
        var log = new LossyLog();
        await using var host = new DocumentHost(log: new(log));
        var first = await host.ChangeAsync("report", Typed(1, 0, "a"));
        var lost = await host.ChangeAsync("report", Typed(1, 1, "b"));
        log.Lose(Stream("report"), 1);
        var last = first;
        for (var i = 0; i < since; i++)
        {
            last = await host.ChangeAsync("report", Typed(2, i, "c"));
        }

        var reply = await host.GetAsync("document-sync", "report", lost);
        Assert.Equal("tailLost", reply.GetProperty("reset").GetString());
        Assert.Equal([Typed(1, 0, "a"), .. Enumerable.Range(0, since).Select(i => Typed(2, i, "c"))], Updates(reply));
        Assert.Equal(last, Position(reply));
        // who saw nothing of it goes on
        Assert.False((await host.GetAsync("document-sync", "report", first)).TryGetProperty("reset", out _));
    }

    /// <summary>A crash took the changes, but not the snapshot: what it has is still the document's.</summary>
    [Fact]
    public async Task Sync_SnapshotOfALostTail_IsGivenWithAllThatIsHeld()
    {
        var log = new LossyLog();
        await using var host = new DocumentHost(options => options.PageBytes = 1024, new(log));
        await host.ChangeAsync("report", Typed(1, 0, "a"));
        var lost = await host.ChangeAsync("report", Typed(1, 1, new('a', 2999)));
        Assert.True(Serverless.Log.Position.TryParse(lost, out var at));
        await log.SaveSnapshotAsync(Stream("report"), new(at, Typed(1, 0, new('a', 3000))), CancellationToken.None);
        log.Lose(Stream("report"), 1);
        var last = await host.ChangeAsync("report", Typed(2, 0, "b"));

        var reply = await host.GetAsync("document-sync", "report");
        Assert.Equal(Typed(1, 0, new('a', 3000)), Bytes(reply, "snapshot"));
        var updates = Updates(reply);
        if (reply.GetProperty("more").GetBoolean())
        {
            updates.AddRange(Updates(await host.GetAsync("document-sync", "report", Position(reply))));
        }

        Assert.Equal([Typed(1, 0, "a"), Typed(2, 0, "b")], updates);
        Assert.Contains("of the snapshot", await host.RefusedAsync("document-snapshot", "report", last, Both()), StringComparison.Ordinal);
        Assert.Contains("no such position", await host.RefusedAsync("document-snapshot", "report", lost, Whole()), StringComparison.Ordinal);
        Assert.Equal(2, (await host.ChangesAsync("report")).Count);

        // it takes the place of the lost one
        await host.GetAsync("document-snapshot", "report", last, Whole());
        Assert.Equal(Whole(), Bytes(await host.GetAsync("document-sync", "report"), "snapshot"));
        Assert.Single(await host.ChangesAsync("report"));
    }

    /// <summary>A damaged entry is passed over; what follows is still there.</summary>
    [Fact]
    public async Task Sync_DamagedEntry_GivesTheOthers()
    {
        await using var host = new DocumentHost();
        await host.ChangeAsync("report", Typed(1, 0, "a"));
        await host.Log.AppendAsync(Stream("report"), new(new byte[40], 1, DateTimeOffset.UnixEpoch, []), CancellationToken.None);
        var third = await host.ChangeAsync("report", Typed(1, 1, "b"));

        var reply = await host.GetAsync("document-sync", "report");
        Assert.Equal([Typed(1, 0, "a"), Typed(1, 1, "b")], Updates(reply));
        Assert.Equal(third, Position(reply));
    }

    private static bool Same((List<byte[]>, string) one, (List<byte[]>, string) other) =>
        one.Item2 == other.Item2 && one.Item1.SelectMany(x => x).SequenceEqual(other.Item1.SelectMany(x => x));

    /// <summary>All that the two changes have.</summary>
    private static byte[] Both() => [2, 1, 1, 0, 4, 1, 1, (byte)'t', 1, (byte)'a', 1, 2, 0, 4, 1, 1, (byte)'t', 1, (byte)'b', 0];

    /// <summary>All that the lost snapshot and the two changes have.</summary>
    private static byte[] Whole() =>
        [2, 1, 1, 0, 4, 1, 1, (byte)'t', 0xB8, 0x17, .. Enumerable.Repeat((byte)'a', 3000), 1, 2, 0, 4, 1, 1, (byte)'t', 1, (byte)'b', 0];
}
