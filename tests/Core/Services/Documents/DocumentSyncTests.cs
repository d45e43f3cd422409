using Serverless.Events;
using Xunit;
using static Serverless.Tests.Core.Services.Documents.DocumentHost;

namespace Serverless.Tests.Core.Services.Documents;

public sealed class DocumentSyncTests
{
    public static TheoryData<PayloadFormat> Formats => [PayloadFormat.Json, PayloadFormat.MessagePack];

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task Sync_NewDocument_IsEmptyAndHasAPosition(PayloadFormat format)
    {
        await using var host = new DocumentHost { Format = format };
        var reply = await host.GetAsync("document-sync", "report");

        Assert.EndsWith(":0", Position(reply), StringComparison.Ordinal);
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

    /// <summary>Ids are made up by callers: asking for one costs the log nothing.</summary>
    [Fact]
    public async Task Sync_NoSuchDocument_BeginsNothing()
    {
        await using var host = new DocumentHost();
        Assert.Equal(":0", Position(await host.GetAsync("document-sync", "report")));
        Assert.Equal((":0", "epochUnknown"), (Position(await host.GetAsync("document-sync", "report", "e:1")), (await host.GetAsync("document-sync", "report", "e:1")).GetProperty("reset").GetString()));
        await host.RefusedAsync("document-snapshot", "report", ":0", Typed(1, 0, "a"));
        await host.RefusedAsync("document-snapshot", "report", "e:1", Typed(1, 0, "a"));
        await host.InvokeAsync("document-leave", "report");
        Assert.Null(await host.Log.FindHeadAsync(Stream("report"), CancellationToken.None));

        var position = await host.ChangeAsync("report", Typed(1, 0, "a"));
        await host.GetAsync("document-snapshot", "report", position, Typed(1, 0, "a"));
        var reply = await host.GetAsync("document-sync", "report", ":0");
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
        await host.GetAsync("document-snapshot", "report", second, Typed(1, 0, "ab"));
        var third = await host.ChangeAsync("report", Typed(1, 2, "c"));

        var anew = await host.GetAsync("document-sync", "report");
        Assert.Equal(Typed(1, 0, "ab"), Bytes(anew, "snapshot"));
        Assert.Equal(([Typed(1, 2, "c")], third), (Updates(anew), Position(anew)), Same);
        var behind = await host.GetAsync("document-sync", "report", first);
        Assert.Equal("trimmed", behind.GetProperty("reset").GetString());
        Assert.Equal(Typed(1, 0, "ab"), Bytes(behind, "snapshot"));
        var after = await host.GetAsync("document-sync", "report", second);
        Assert.Equal((null, [Typed(1, 2, "c")]), (Bytes(after, "snapshot"), Updates(after)), (one, other) => one.Item1 == other.Item1 && one.Item2.SelectMany(x => x).SequenceEqual(other.Item2.SelectMany(x => x)));
        Assert.Null(Bytes(await host.GetAsync("document-sync", "report", null, StateVector(1, 2)), "snapshot"));
        Assert.NotNull(Bytes(await host.GetAsync("document-sync", "report", null, StateVector(1, 1)), "snapshot"));
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
    [InlineData("unknown:1", "epochUnknown")]
    [InlineData("{epoch}:9", "tailLost")]
    public async Task Sync_PositionThatWasLost_BeginsAnewWithTheReason(string position, string reason)
    {
        await using var host = new DocumentHost();
        await host.ChangeAsync("report", Typed(1, 0, "a"));
        var epoch = (await host.Log.HeadAsync(Stream("report"), CancellationToken.None)).Head.Epoch;

        var reply = await host.GetAsync("document-sync", "report", position.Replace("{epoch}", epoch, StringComparison.Ordinal));
        Assert.Equal(reason, reply.GetProperty("reset").GetString());
        Assert.Equal([Typed(1, 0, "a")], Updates(reply));
        Assert.EndsWith(":1", Position(reply), StringComparison.Ordinal);
    }

    /// <summary>A crash took the changes, but not the snapshot: what it has is still the document's.</summary>
    [Fact]
    public async Task Sync_SnapshotOfALostTail_IsGivenWithAllThatIsHeld()
    {
        await using var host = new DocumentHost(options => options.PageBytes = 1024);
        await host.ChangeAsync("report", Typed(1, 0, "a"));
        await host.ChangeAsync("report", Typed(2, 0, "b"));
        await host.Log.SaveSnapshotAsync(Stream("report"), new(new("before", 7), Typed(1, 0, new('a', 3000))), CancellationToken.None);

        var reply = await host.GetAsync("document-sync", "report");
        Assert.Equal(Typed(1, 0, new('a', 3000)), Bytes(reply, "snapshot"));
        var updates = Updates(reply);
        if (reply.GetProperty("more").GetBoolean())
        {
            updates.AddRange(Updates(await host.GetAsync("document-sync", "report", Position(reply))));
        }

        Assert.Equal([Typed(1, 0, "a"), Typed(2, 0, "b")], updates);
        Assert.Contains("lost", await host.RefusedAsync("document-snapshot", "report", $"{(await host.Log.HeadAsync(Stream("report"), default)).Head.Epoch}:2", Whole()), StringComparison.Ordinal);
        Assert.Equal(2, (await host.ChangesAsync("report")).Count);
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

    /// <summary>All that the lost snapshot and the two changes have.</summary>
    private static byte[] Whole() =>
        [2, 1, 1, 0, 4, 1, 1, (byte)'t', 0xB8, 0x17, .. Enumerable.Repeat((byte)'a', 3000), 1, 2, 0, 4, 1, 1, (byte)'t', 1, (byte)'b', 0];
}
