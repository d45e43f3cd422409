using Serverless.Services.Documents;
using Xunit;
using static Serverless.Tests.Core.Services.Documents.DocumentHost;

namespace Serverless.Tests.Core.Services.Documents;

public sealed class DocumentCompactionTests
{
    [Fact]
    public async Task Snapshot_OfAllChanges_TakesTheirPlace()
    {
        await using var host = new DocumentHost();
        await host.ChangeAsync("report", Typed(1, 0, "a"));
        var second = await host.ChangeAsync("report", Typed(1, 1, "b"));
        await host.ChangeAsync("report", Typed(1, 2, "c"));
        var reply = await host.GetAsync("document-snapshot", "report", second, Typed(1, 0, "abc"));

        Assert.Equal(second, Position(reply));
        Assert.Equal([Typed(1, 2, "c")], (await host.ChangesAsync("report")).Select(change => change.Update.ToArray()));
        var kept = await host.Log.ReadSnapshotAsync(Stream("report"), CancellationToken.None);
        Assert.Equal((2, Typed(1, 0, "abc")), (kept!.At.Offset, kept.State.ToArray()), (one, other) => one.Item1 == other.Item1 && one.Item2.SequenceEqual(other.Item2));
    }

    /// <summary>A client that lacks something, or lies, can't make the document lose it.</summary>
    [Fact]
    public async Task Snapshot_ThatLacksSomething_IsRefusedAndNothingDropped()
    {
        await using var host = new DocumentHost();
        var first = await host.ChangeAsync("report", Typed(1, 0, "abc"));
        var second = await host.ChangeAsync("report", Deleted(1, 1, 1));
        var last = await host.ChangeAsync("report", Typed(2, 0, "d"));
        var tag = last[2..];
        byte[] deletions = [1, 1, 1, 1, 1];

        Assert.Contains("lacks", await host.RefusedAsync("document-snapshot", "report", last, Typed(1, 0, "abc")), StringComparison.Ordinal);
        Assert.Contains(first, await host.RefusedAsync("document-snapshot", "report", last, Both("ab", deletions)), StringComparison.Ordinal);
        Assert.Contains(second, await host.RefusedAsync("document-snapshot", "report", last, Both("abc", [0])), StringComparison.Ordinal);
        Assert.Contains("sync first", await host.RefusedAsync("document-snapshot", "report", $"4.{tag}", Both("abc", deletions)), StringComparison.Ordinal);
        Assert.Contains("sync first", await host.RefusedAsync("document-snapshot", "report", "3.0123456789abcdef", Both("abc", deletions)), StringComparison.Ordinal);
        Assert.Equal(3, (await host.ChangesAsync("report")).Count);
        Assert.Null(await host.Log.ReadSnapshotAsync(Stream("report"), CancellationToken.None));

        await host.GetAsync("document-snapshot", "report", last, Both("abc", deletions));
        Assert.Equal([Typed(2, 0, "d")], (await host.ChangesAsync("report")).Select(change => change.Update.ToArray()));

        // what the snapshot has counts as well, from now on
        var next = await host.ChangeAsync("report", Typed(1, 3, "e"));
        Assert.Contains("of the snapshot", await host.RefusedAsync("document-snapshot", "report", next, Typed(1, 0, "abce")), StringComparison.Ordinal);
        Assert.Equal(2, (await host.ChangesAsync("report")).Count);
    }

    /// <summary>Those who read the snapshot would have it, and the others not.</summary>
    [Fact]
    public async Task Snapshot_WithSomethingThatIsNotStored_IsRefused()
    {
        await using var host = new DocumentHost();
        var position = await host.ChangeAsync("report", Typed(1, 0, "ab"));

        Assert.Contains("isn't stored", await host.RefusedAsync("document-snapshot", "report", position, Typed(1, 0, "abc")), StringComparison.Ordinal);
        Assert.Single(await host.ChangesAsync("report"));
    }

    [Fact]
    public async Task Snapshot_NotLater_IsRefused()
    {
        await using var host = new DocumentHost();
        var first = await host.ChangeAsync("report", Typed(1, 0, "a"));
        var second = await host.ChangeAsync("report", Typed(1, 1, "b"));
        await host.GetAsync("document-snapshot", "report", second, Typed(1, 0, "ab"));

        Assert.Contains("later snapshot", await host.RefusedAsync("document-snapshot", "report", second, Typed(1, 0, "ab")), StringComparison.Ordinal);
        Assert.Contains("later snapshot", await host.RefusedAsync("document-snapshot", "report", first, Typed(1, 0, "ab")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Compact_TailIsLarge_OneIsAskedAtATime()
    {
        await using var host = new DocumentHost(options => (options.CompactAbove, options.CompactPause) = (1000, TimeSpan.FromSeconds(5)));
        Assert.False(await ChangeAsync(0));
        Assert.True(await ChangeAsync(600));
        Assert.False(await ChangeAsync(1200));
        host.Time.Advance(TimeSpan.FromSeconds(5));
        Assert.True((await host.GetAsync("document-sync", "report")).GetProperty("compact").GetBoolean());
        Assert.False(await ChangeAsync(1800));
        host.Time.Advance(TimeSpan.FromSeconds(5));
        Assert.True(await ChangeAsync(2400));

        async Task<bool> ChangeAsync(int clock) =>
            (await host.GetAsync("document-change", "report", Typed(1, clock, new('x', 600)))).GetProperty("compact").GetBoolean();
    }

    /// <summary>A client has shown that its state is larger than a snapshot may be: the next one's would be too.</summary>
    [Fact]
    public async Task Compact_SnapshotWasTooLarge_NobodyIsAskedUntilOneIsTaken()
    {
        await using var host = new DocumentHost(options => (options.CompactAbove, options.MaxSnapshotBytes, options.CompactPause) = (1000, 2000, TimeSpan.FromSeconds(5)));
        var (position, isAsked) = await ChangeAsync(0);
        Assert.True(isAsked);
        Assert.Contains("at most 2000", await host.RefusedAsync("document-snapshot", "report", position, Typed(1, 0, new('x', 3000))), StringComparison.Ordinal);
        host.Time.Advance(TimeSpan.FromSeconds(5));
        Assert.False((await ChangeAsync(1500)).IsAsked);
        Assert.False((await host.GetAsync("document-sync", "report")).GetProperty("compact").GetBoolean());

        await host.GetAsync("document-snapshot", "report", position, Typed(1, 0, new('x', 1500)));
        Assert.True((await ChangeAsync(3000)).IsAsked);

        async Task<(string Position, bool IsAsked)> ChangeAsync(int clock)
        {
            var reply = await host.GetAsync("document-change", "report", Typed(1, clock, new('x', 1500)));
            return (Position(reply), reply.GetProperty("compact").GetBoolean());
        }
    }

    /// <summary>The next snapshot is asked for when the changes after it have a part of its size.</summary>
    [Fact]
    public async Task Compact_LargeSnapshot_IsAskedForLater()
    {
        await using var host = new DocumentHost(options => (options.CompactAbove, options.CompactRatio) = (1000, 0.5));
        var position = await host.ChangeAsync("report", Typed(1, 0, new('x', 10_000)));
        await host.GetAsync("document-snapshot", "report", position, Typed(1, 0, new('x', 10_000)));
        Assert.False(await ChangeAsync(10_000));
        Assert.False(await ChangeAsync(12_400));
        Assert.True(await ChangeAsync(14_800));

        async Task<bool> ChangeAsync(int clock) =>
            (await host.GetAsync("document-change", "report", Typed(1, clock, new('x', 2400)))).GetProperty("compact").GetBoolean();
    }

    /// <summary>What others append, and compact, counts too.</summary>
    [Fact]
    public async Task Compact_TwoHostsOfOneLog_SeeEachOthersChangesAndSnapshots()
    {
        await using var one = new DocumentHost(options => options.CompactAbove = 1000);
        await using var other = new DocumentHost(options => options.CompactAbove = 1000, one.Log);
        await ChangeAsync(one, 0, 400);
        await ChangeAsync(other, 400, 400);
        Assert.False(await ChangeAsync(other, 800, 10));
        Assert.True(await ChangeAsync(one, 810, 400));

        var synced = await one.GetAsync("document-sync", "report");
        await one.GetAsync("document-snapshot", "report", Position(synced), Typed(1, 0, new('x', 1210)));
        Assert.False(await ChangeAsync(other, 1210, 100));
        Assert.True(await ChangeAsync(other, 1310, 950));

        static async Task<bool> ChangeAsync(DocumentHost host, int clock, int length) =>
            (await host.GetAsync("document-change", "report", Typed(1, clock, new('x', length)))).GetProperty("compact").GetBoolean();
    }

    /// <summary>The newest entry is never trimmed, so that nothing is trimmed here: the other node learns of the snapshot all the same.</summary>
    [Fact]
    public async Task Size_OtherNodeCompactedTheOnlyEntry_IsSeen()
    {
        await using var one = new DocumentHost(options => options.MaxDocumentBytes = 3000);
        await using var other = new DocumentHost(options => options.MaxDocumentBytes = 3000, one.Log);
        var position = await one.ChangeAsync("report", Typed(1, 0, new('x', 2000)));
        Assert.StartsWith("document-full", await other.RefusedAsync("document-change", "report", Typed(2, 0, new('y', 1500))), StringComparison.Ordinal);
        // as if it were smaller
        Assert.True(Serverless.Log.Position.TryParse(position, out var at));
        await one.Log.SaveSnapshotAsync(Stream("report"), new(at, Typed(1, 0, "x")), CancellationToken.None);
        await one.Log.TrimAsync(Stream("report"), at.Offset, CancellationToken.None);

        await other.ChangeAsync("report", Typed(2, 0, new('y', 1500)));
    }

    [Fact]
    public async Task Size_LogLostItsTail_IsMeasuredAgain()
    {
        var log = new LossyLog();
        await using var host = new DocumentHost(options => options.MaxDocumentBytes = 3000, new(log));
        await host.ChangeAsync("report", Typed(1, 0, "x"));
        await host.ChangeAsync("report", Typed(1, 1, new('x', 2500)));
        Assert.StartsWith("document-full", await host.RefusedAsync("document-change", "report", Typed(2, 0, new('y', 1500))), StringComparison.Ordinal);
        log.Lose(Stream("report"), 1);

        await host.ChangeAsync("report", Typed(2, 0, new('y', 1500)));
        await host.ChangeAsync("report", Typed(2, 1500, new('y', 500)));
        Assert.StartsWith("document-full", await host.RefusedAsync("document-change", "report", Typed(3, 0, new('y', 1500))), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sizes_ManyDocuments_ForgetsThoseThatWereUsedFirst()
    {
        var log = TestEvents.NewLog();
        var sizes = new DocumentSizes(new(log, TestEvents.Frames, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance), new(), new TimerTime());
        for (var i = 0; i < DocumentSizes.MaxDocuments + 10; i++)
        {
            sizes.Add(Stream($"d{i}"), new(1, 1), 1);
        }

        Assert.Equal(DocumentSizes.MaxDocuments, sizes.Count);
        Assert.Equal(0, (await sizes.GetAsync(Stream("d0"), CancellationToken.None)).Total);
    }

    /// <summary>Text of client 1, and the change of client 2.</summary>
    private static byte[] Both(string text, byte[] deletions) =>
        [2, 1, 1, 0, 4, 1, 1, (byte)'t', (byte)text.Length, .. text.Select(letter => (byte)letter), 1, 2, 0, 4, 1, 1, (byte)'t', 1, (byte)'d', .. deletions];
}
