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
        Assert.Equal(["a", "b", "c"], await AllAsync());
    }

    [Fact]
    public async Task Append_SecondBatch_ContinuesWithoutAHole()
    {
        var first = await AppendAsync("a", "b");
        var second = await AppendAsync("c");

        Assert.Equal(first with { Offset = 3 }, second);
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
        Assert.NotEqual((await Log.HeadAsync(Chat, Stop)).Head.Epoch, (await Log.HeadAsync(new("news"), Stop)).Head.Epoch);
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
        var epoch = (await AppendAsync(Message("a", "k1"), Message("b", "k2"))).Epoch;
        var again = await Log.AppendAsync(Chat, Batch(Message("a", "k2"), Message("b", "new"), Message("c", "k1")), Stop);

        Assert.Equal(
            [new KnownKey(0, new(epoch, 2)), new KnownKey(2, new(epoch, 1))],
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
    public async Task Read_FromPosition_GivesWhatFollows()
    {
        var first = await AppendAsync("a");
        await AppendAsync("b");
        await AppendAsync("c");

        Assert.Equal(["b", "c"], Texts(await PageAsync(first)));
    }

    [Fact]
    public async Task Read_WithinAnEntry_HandsOutTheEntryWhole()
    {
        var last = await AppendAsync("a", "b", "c");
        var entry = Assert.Single(await PageAsync(last with { Offset = 2 }));

        Assert.Equal((1, 3), (entry.FirstOffset, entry.Count));
    }

    [Fact]
    public async Task Read_AtTheHead_IsEmpty()
    {
        Assert.Empty(await PageAsync(await AppendAsync("a")));
    }

    [Fact]
    public async Task Read_LimitOfBytes_GivesPagesThatJoin()
    {
        for (var i = 0; i < 10; i++)
        {
            await AppendAsync($"{i}");
        }

        var position = Position.Start;
        var texts = new List<string>();
        for (var pages = 0; pages < 10; pages++)
        {
            var page = Assert.IsType<ReadResult.Page>(await Log.ReadAsync(Chat, position, 1, Stop)).Entries;
            texts.AddRange(Texts([Assert.Single(page)]));
            position = page[^1].Last;
        }

        Assert.Equal(Enumerable.Range(0, 10).Select(i => $"{i}"), texts);
    }

    [Fact]
    public async Task Read_UnknownEpoch_IsReset()
    {
        await AppendAsync("a");

        Assert.Equal(ResetReason.EpochUnknown, await ResetAsync(new("elsewhere", 1)));
    }

    [Fact]
    public async Task Read_BelowWhatIsHeld_IsReset()
    {
        var first = await AppendAsync("a");
        await AppendAsync("b");
        await AppendAsync("c");
        await Log.TrimAsync(Chat, 2, Stop);

        Assert.Equal(ResetReason.Trimmed, await ResetAsync(first));
        Assert.Equal(["c"], Texts(await PageAsync(first with { Offset = 2 })));
        Assert.Equal(["c"], await AllAsync());
    }

    [Fact]
    public async Task Head_StreamNeverAppendedTo_HasAnEpoch()
    {
        var head = await Log.HeadAsync(Chat, Stop);

        Assert.NotEmpty(head.Head.Epoch);
        Assert.Equal(0, head.Head.Offset);
        Assert.Equal(head.Head.Epoch, (await Log.HeadAsync(Chat, Stop)).Head.Epoch);
        Assert.Equal(head.Head.Epoch, (await AppendAsync("a")).Epoch);
    }

    [Fact]
    public async Task Trim_EverythingThenAppend_OffsetsGoOn()
    {
        await AppendAsync("a", "b");
        await Log.TrimAsync(Chat, 2, Stop);
        var next = await AppendAsync("c");

        Assert.Equal(3, next.Offset);
        Assert.Equal(2, (await Log.HeadAsync(Chat, Stop)).Trimmed);
        Assert.Equal(["c"], await AllAsync());
    }

    [Fact]
    public async Task Trim_EverythingThenReopen_OffsetsGoOn()
    {
        await AppendAsync("a", "b");
        await Log.TrimAsync(Chat, 2, Stop);
        await ReopenAsync();

        Assert.Equal(3, (await AppendAsync("c")).Offset);
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
        var position = Position.Start;
        while (await PageAsync(position) is { Count: > 0 } page)
        {
            texts.AddRange(Texts(page));
            position = page[^1].Last;
        }

        return texts;
    }

    protected async Task<IReadOnlyList<LogEntry>> PageAsync(Position after) =>
        Assert.IsType<ReadResult.Page>(await Log.ReadAsync(Chat, after, 1 << 20, Stop)).Entries;

    protected async Task<ResetReason> ResetAsync(Position after) =>
        Assert.IsType<ReadResult.Reset>(await Log.ReadAsync(Chat, after, 1 << 20, Stop)).Reason;

    protected static IEnumerable<string> Texts(IEnumerable<LogEntry> entries) =>
        entries.SelectMany(entry => Codec.Decode(Chat, entry.Last.Offset, entry.Frame)).Select(value => ((MessageSent)value).Target);

    protected static async Task<IEnumerable<string>> NextAsync(IAsyncEnumerator<ReadResult> follow)
    {
        Assert.True(await follow.MoveNextAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30), Stop));
        return Texts(Assert.IsType<ReadResult.Page>(follow.Current).Entries);
    }
}
