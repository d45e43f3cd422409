using Microsoft.Extensions.Options;
using Serverless.Codec;
using Serverless.Events;
using Serverless.Log;
using Xunit;

namespace Serverless.Tests.Core.Log;

/// <summary>What <see cref="IEventLog"/> promises, run over each implementation. Each sentence of its documentation has a test here.</summary>
public abstract partial class EventLogConformance : IAsyncLifetime
{
    private static readonly FrameCodec Codec = new(Options.Create(new CodecOptions()));
    private static readonly StreamName Chat = new("chat");

    private IEventLog? _log;

    protected IEventLog Log => _log ?? throw new InvalidOperationException("The log isn't open.");

    protected LogOptions LogOptions { get; } = new();

    protected DateTimeOffset Now { get; set; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Makes an unopened log over the same data each time within a test. The one before it has been disposed.</summary>
    protected abstract ValueTask<IEventLog> CreateAsync();

    public virtual async ValueTask InitializeAsync()
    {
        _log = await CreateAsync();
        await _log.OpenAsync(TestContext.Current.CancellationToken);
    }

    public virtual async ValueTask DisposeAsync()
    {
        if (_log is not null)
        {
            await _log.DisposeAsync();
        }

        GC.SuppressFinalize(this);
    }

    protected async Task ReopenAsync(Action<LogOptions>? change = null)
    {
        await Log.DisposeAsync();
        change?.Invoke(LogOptions);
        _log = await CreateAsync();
        await _log.OpenAsync(Stop);
    }

    protected static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Append_NewStream_StartsAtOffsetOne()
    {
        var appended = await AppendAsync("a", "b", "c");

        Assert.Equal(3, appended.Offset);
        Assert.NotEqual(0UL, appended.Tag);
        Assert.Equal(["a", "b", "c"], await AllAsync());
    }

    [Fact]
    public async Task Append_SecondBatch_ContinuesWithoutAHole()
    {
        var first = await AppendAsync("a", "b");
        var second = await AppendAsync("c");

        Assert.Equal((2, 3), (first.Offset, second.Offset));
        Assert.NotEqual(first.Tag, second.Tag);
    }

    [Fact]
    public async Task Append_EachEntry_NamesTheOneBefore()
    {
        var first = await AppendAsync("a", "b");
        var second = await AppendAsync("c");
        await ReopenAsync();
        var third = await AppendAsync("d");

        Assert.Equal(
            [new(first, 0, 2, default), new(second, first.Tag, 1, default), new(third, second.Tag, 1, default)],
            (await PageAsync(ReadFrom.Start)).Select(entry => entry with { Frame = default }));
    }

    [Fact]
    public async Task Append_OfTheSameBatchToTwoStreams_TakesATagEach()
    {
        var batch = Batch(Message("a"));
        var one = Assert.IsType<AppendResult.Appended>(await Log.AppendAsync(Chat, batch, Stop)).Last;
        var other = Assert.IsType<AppendResult.Appended>(await Log.AppendAsync(new("news"), batch, Stop)).Last;

        Assert.NotEqual(one.Tag, other.Tag);
    }

    [Fact]
    public async Task Append_AfterReopen_ContinuesAtNextOffset()
    {
        await AppendAsync("a");
        await ReopenAsync();
        var second = await AppendAsync("b");

        Assert.Equal(2, second.Offset);
        Assert.Equal(["a", "b"], await AllAsync());
    }

    [Fact]
    public async Task Append_TwoStreams_EachHasItsOwnOffsets()
    {
        await AppendAsync("a", "b");
        var other = await Log.AppendAsync(new("news"), Batch(Message("x")), Stop);

        Assert.Equal(1, Assert.IsType<AppendResult.Appended>(other).Last.Offset);
        Assert.Equal(2, (await Log.HeadAsync(Chat, Stop)).Head.Offset);
    }

    [Fact]
    public async Task Append_ManyAtOnce_KeepsEachCallersOrder()
    {
        var callers = Enumerable.Range(0, 8).Select(async caller =>
        {
            for (var i = 0; i < 25; i++)
            {
                await AppendAsync($"{caller}:{i}");
            }
        });
        await Task.WhenAll(callers);

        var all = await AllAsync();
        Assert.Equal(200, all.Count);
        foreach (var caller in all.GroupBy(text => text[0]))
        {
            Assert.Equal(Enumerable.Range(0, 25).Select(i => $"{caller.Key}:{i}"), caller);
        }
    }

    [Fact]
    public async Task Append_KnownKey_AppendsNothingAndSaysWhereItStands()
    {
        var first = await AppendAsync(Message("a"), Message("b", "k"));
        var again = await Log.AppendAsync(Chat, Batch(Message("c"), Message("b", "k")), Stop);

        var known = Assert.Single(Assert.IsType<AppendResult.Duplicate>(again).Known);
        Assert.Equal(new KnownKey(1, first), known);
        Assert.Equal(["a", "b"], await AllAsync());
    }

    [Fact]
    public async Task Append_SeveralKnownKeys_NamesAllOfThem()
    {
        var stored = await AppendAsync(Message("a", "k1"), Message("b", "k2"));
        var again = await Log.AppendAsync(Chat, Batch(Message("a", "k2"), Message("b", "new"), Message("c", "k1")), Stop);

        Assert.Equal(
            [new KnownKey(0, stored), new KnownKey(2, stored with { Offset = 1 })],
            Assert.IsType<AppendResult.Duplicate>(again).Known);
    }

    [Fact]
    public async Task Append_KnownKeyAfterReopen_IsStillKnown()
    {
        var first = await AppendAsync(Message("a", "k"));
        await ReopenAsync();
        var again = await Log.AppendAsync(Chat, Batch(Message("a", "k")), Stop);

        Assert.Equal(first, Assert.Single(Assert.IsType<AppendResult.Duplicate>(again).Known).Position);
    }

    [Fact]
    public async Task Append_KnownKeyOfAnEntryThatIsTrimmed_HasNoTag()
    {
        var first = await AppendAsync(Message("a", "k1"), Message("b"));
        var second = await AppendAsync(Message("c", "k2"));
        await Log.TrimAsync(Chat, first.Offset, Stop);
        var again = await Log.AppendAsync(Chat, Batch(Message("a", "k1"), Message("c", "k2")), Stop);

        Assert.Equal([new KnownKey(0, new(1, 0)), new KnownKey(1, second)], Assert.IsType<AppendResult.Duplicate>(again).Known);
    }

    [Fact]
    public async Task Append_SameKeyInAnotherStream_IsAppended()
    {
        await AppendAsync(Message("a", "k"));
        var other = await Log.AppendAsync(new("news"), Batch(Message("a", "k")), Stop);

        Assert.IsType<AppendResult.Appended>(other);
    }

    [Fact]
    public async Task Append_KeyWithinTheWindow_IsKnown()
    {
        await AppendAsync(Message("a", "k"));
        Now += LogOptions.KeyWindow - TimeSpan.FromSeconds(1);
        var again = await Log.AppendAsync(Chat, Batch(Message("a", "k")), Stop);

        Assert.IsType<AppendResult.Duplicate>(again);
    }

    [Fact]
    public async Task Append_KeyOlderThanTwoWindows_IsForgotten()
    {
        await AppendAsync(Message("a", "k"));
        Now += LogOptions.KeyWindow;
        await AppendAsync("b");
        Now += LogOptions.KeyWindow;
        await AppendAsync("c");
        var again = await Log.AppendAsync(Chat, Batch(Message("a", "k")), Stop);

        Assert.IsType<AppendResult.Appended>(again);
    }

    [Fact]
    public async Task Head_StreamNeverAppendedTo_IsNoneAndNothingIsBegun()
    {
        for (var i = 0; i < 2; i++)
        {
            Assert.Equal(StreamHead.None, await Log.HeadAsync(Chat, Stop));
            Assert.Null(await Log.ReadSnapshotAsync(Chat, Stop));
            Assert.Empty(await Log.ReadCheckpointAsync(Chat, "reader", Stop));
            Assert.Empty(await PageAsync(ReadFrom.Start));
            await Log.TrimAsync(Chat, 5, Stop);
            Assert.Equal(StreamHead.None, await Log.HeadAsync(Chat, Stop));
            await ReopenAsync();
        }

        Assert.Equal(1, (await AppendAsync("a")).Offset);
    }

    [Fact]
    public async Task Head_StreamThatWasAppendedTo_IsItsLastEvent()
    {
        await AppendAsync("a");
        var last = await AppendAsync("b", "c");

        Assert.Equal(new StreamHead(last, 0), await Log.HeadAsync(Chat, Stop));
        await ReopenAsync();
        Assert.Equal(new StreamHead(last, 0), await Log.HeadAsync(Chat, Stop));
    }

    [Fact]
    public async Task Trim_Everything_KeepsTheNewestEntryAndOffsetsGoOn()
    {
        var first = await AppendAsync("a", "b");
        var second = await AppendAsync("c", "d");
        await Log.TrimAsync(Chat, 100, Stop);

        Assert.Equal(new StreamHead(second, first.Offset), await Log.HeadAsync(Chat, Stop));
        Assert.Equal(["c", "d"], await AllAsync());
        Assert.Empty(await PageAsync(second));
        Assert.Equal(5, (await AppendAsync("e")).Offset);
        Assert.Equal(["c", "d", "e"], await AllAsync());
    }

    [Fact]
    public async Task Trim_WithinAnEntry_KeepsIt()
    {
        var first = await AppendAsync("a");
        await AppendAsync("b", "c");
        await AppendAsync("d");
        await Log.TrimAsync(Chat, 2, Stop);

        Assert.Equal(first.Offset, (await Log.HeadAsync(Chat, Stop)).Trimmed);
        Assert.Equal(["b", "c", "d"], await AllAsync());
        Assert.Equal(["b", "c", "d"], Texts(await PageAsync(first)));
    }

    [Fact]
    public async Task Trim_EverythingThenReopen_OffsetsGoOnAndTheNextNamesTheLast()
    {
        await AppendAsync("a", "b");
        var last = await AppendAsync("c");
        await Log.TrimAsync(Chat, 3, Stop);
        await ReopenAsync();

        Assert.Equal(4, (await AppendAsync("d")).Offset);
        Assert.Equal(last.Tag, (await PageAsync(last))[0].Previous);
    }

    [Fact]
    public async Task Retention_Age_DropsOlderEntries()
    {
        await ReopenAsync(options => options.RetentionAge = TimeSpan.FromMinutes(10));
        await AppendAsync("old");
        Now += TimeSpan.FromMinutes(9);
        await AppendAsync("young");
        Now += TimeSpan.FromMinutes(2);
        await AppendAsync("new");

        Assert.Equal(["young", "new"], await AllAsync());
    }

    [Fact]
    public async Task Retention_Events_KeepsTheNewest()
    {
        await ReopenAsync(options => options.RetentionEvents = 3);
        for (var i = 0; i < 5; i++)
        {
            await AppendAsync($"{i}");
        }

        Assert.Equal(["2", "3", "4"], await AllAsync());
    }

    [Fact]
    public async Task Retention_Bytes_KeepsTheNewest()
    {
        await ReopenAsync(options => options.RetentionBytes = 64 * 1024);
        var random = new Random(1);
        for (var i = 0; i < 20; i++)
        {
            var noise = new byte[10_000];
            random.NextBytes(noise);
            await AppendAsync($"{i}:{Convert.ToBase64String(noise)}");
        }

        var kept = (await AllAsync()).Select(text => int.Parse(text.Split(':')[0])).ToList();
        Assert.InRange(kept.Count, 3, 7);
        Assert.Equal(Enumerable.Range(20 - kept.Count, kept.Count), kept);
    }

    protected static MessageSent Message(string text, string? key = null) =>
        new() { Audience = Audience.Hub, Target = text, Arguments = new(PayloadFormat.Json, "[]"u8.ToArray()), Key = key };

    protected EncodedBatch Batch(params MessageSent[] events) => new(
        Codec.Encode(events, Now), events.Length, Now, [.. events.Index().Where(e => e.Item.Key is not null).Select(e => new EventKey(e.Index, e.Item.Key!))]);

    protected Task<Position> AppendAsync(params string[] texts) => AppendAsync([.. texts.Select(text => Message(text))]);

    protected async Task<Position> AppendAsync(params MessageSent[] events) =>
        Assert.IsType<AppendResult.Appended>(await Log.AppendAsync(Chat, Batch(events), Stop)).Last;

    protected async Task<List<string>> AllAsync()
    {
        var texts = new List<string>();
        var from = ReadFrom.Start;
        while (await PageAsync(from) is { Count: > 0 } page)
        {
            texts.AddRange(Texts(page));
            from = page[^1].Last;
        }

        return texts;
    }

    protected async Task<IReadOnlyList<LogEntry>> PageAsync(ReadFrom from) =>
        Assert.IsType<ReadResult.Page>(await Log.ReadAsync(Chat, from, 1 << 20, Stop)).Entries;

    /// <summary>Reads, and gets a reset that says how the stream stands.</summary>
    protected async Task<ResetReason> ResetAsync(Position after)
    {
        var reset = Assert.IsType<ReadResult.Reset>(await Log.ReadAsync(Chat, after, 1 << 20, Stop));
        Assert.Equal(await Log.HeadAsync(Chat, Stop), reset.Head);
        Assert.Equal(reset.Reason, await Log.VerifyAsync(Chat, after, Stop));
        return reset.Reason;
    }

    protected static IEnumerable<string> Texts(IEnumerable<LogEntry> entries) =>
        entries.SelectMany(entry => Codec.Decode(Chat, entry.Last.Offset, entry.Frame)).Select(value => ((MessageSent)value).Target);

    protected static async Task<IEnumerable<string>> NextAsync(IAsyncEnumerator<ReadResult> follow)
    {
        Assert.True(await follow.MoveNextAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30), Stop));
        return Texts(Assert.IsType<ReadResult.Page>(follow.Current).Entries);
    }
}
