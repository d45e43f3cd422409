using Serverless.Log;
using Xunit;

namespace Serverless.Tests.Core.Log.Embedded;

/// <summary>What the writer does between and behind transactions.</summary>
public sealed class EmbeddedWriterTests : IAsyncLifetime
{
    private readonly TempFolder _folder = new();
    private readonly EmbeddedLog _log;

    public EmbeddedWriterTests() => _log = new(_folder.Path);

    public async ValueTask InitializeAsync() => await _log.OpenAsync();

    public async ValueTask DisposeAsync()
    {
        await _log.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Append_MuchWhileOthersRead_WriteAheadLogStaysSmall()
    {
        using var done = CancellationTokenSource.CreateLinkedTokenSource(EmbeddedLog.Stop);
        var reading = Task.Run(async () =>
        {
            while (!done.IsCancellationRequested)
            {
                await _log.Log.ReadAsync(EmbeddedLog.Chat, ReadFrom.Start, 1 << 20, EmbeddedLog.Stop);
            }
        });
        for (var i = 0; i < 1000; i++)
        {
            await _log.AppendAsync($"{i}", noise: 60_000);
        }

        await done.CancelAsync();
        await reading;
        Assert.InRange(new FileInfo(_log.FilePath + "-wal").Length, 1, 40 * 1024 * 1024);
    }

    [Fact]
    public async Task Append_AnotherProgramReadsForLong_GoesOn()
    {
        await _log.AppendAsync("first");
        using var other = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={_log.FilePath};Pooling=False;Mode=ReadOnly");
        other.Open();
        using var read = other.CreateCommand();
        read.CommandText = "BEGIN; SELECT count(*) FROM entries";
        read.ExecuteScalar();
        for (var i = 0; i < 600; i++)
        {
            await _log.AppendAsync($"{i}", noise: 60_000);
        }

        other.Close();
        await _log.AppendAsync("last", noise: 60_000);
        Assert.Equal(602, (await _log.TextsAsync()).Count);
    }

    [Fact]
    public async Task Interval_Passes_MovesWhatWasCommittedIntoTheFile()
    {
        await _log.AppendAsync("in the file soon");
        Assert.False(IsInTheFile("in the file soon"));
        _log.Time.Advance(TimeSpan.FromSeconds(1));

        // the second of these is taken after the work that the first one's transaction left
        await _log.AppendAsync("a");
        await _log.AppendAsync("b");
        Assert.True(IsInTheFile("in the file soon"));
    }

    [Fact]
    public async Task Dispose_WhileAppendsWait_StoresThem()
    {
        var appends = Enumerable.Range(0, 500).Select(i => _log.AppendAsync($"{i}")).ToList();
        await _log.CloseAsync();
        var last = await Task.WhenAll(appends);
        await _log.OpenAsync();

        Assert.Equal(Enumerable.Range(1, 500).Select(offset => (long)offset), last.Select(position => position.Offset));
        Assert.Equal(Enumerable.Range(0, 500).Select(i => $"{i}"), await _log.TextsAsync());
    }

    [Fact]
    public async Task Append_BufferChangesWhenItIsDone_IsStoredAsItWas()
    {
        var now = _log.Time.GetUtcNow();
        var codec = new Serverless.Codec.FrameCodec(Microsoft.Extensions.Options.Options.Create(new Serverless.Codec.CodecOptions()));
        var frame = codec.Encode([Serverless.Events.ConnectionOpened.For(new("c"), null)], now);
        var kept = frame.ToArray();
        await using var follow = _log.Log.FollowAsync(EmbeddedLog.Chat, ReadFrom.Start, EmbeddedLog.Stop).GetAsyncEnumerator(EmbeddedLog.Stop);
        var next = follow.MoveNextAsync();
        await _log.Log.AppendAsync(EmbeddedLog.Chat, new(frame, 1, now, []), EmbeddedLog.Stop);
        Array.Clear(frame);

        Assert.True(await next);
        Assert.Equal(kept, Assert.Single(Assert.IsType<ReadResult.Page>(follow.Current).Entries).Frame.ToArray());
        Assert.Equal(kept, Assert.Single(await _log.ReadAllAsync(EmbeddedLog.Chat)).Frame.ToArray());
    }

    [Fact]
    public async Task Append_KeysThatWereForgotten_LeaveTheFile()
    {
        for (var window = 0; window < 5; window++)
        {
            await _log.AppendAsync($"{window}");
            _log.Time.Advance(_log.Settings.KeyWindow);
        }

        await _log.CloseAsync();
        Assert.Equal(2, _log.ReadLong("SELECT count(*) FROM keys"));
    }

    [Fact]
    public async Task Append_TrimmedKeyAfterReopen_IsStillKnown()
    {
        var first = await _log.AppendAsync("a");
        await _log.AppendAsync("b");
        await _log.Log.TrimAsync(EmbeddedLog.Chat, 2, EmbeddedLog.Stop);
        await _log.ReopenAsync();
        var again = await _log.Log.AppendAsync(EmbeddedLog.Chat, new(new byte[1], 1, _log.Time.GetUtcNow(), [new(0, "a")]), EmbeddedLog.Stop);

        Assert.Equal(new KnownKey(0, first with { Tag = 0 }), Assert.Single(Assert.IsType<AppendResult.Duplicate>(again).Known));
    }

    [Fact]
    public async Task Trim_ManyEntriesAtOnce_DropsThemAll()
    {
        for (var i = 0; i < 3000; i++)
        {
            await _log.AppendAsync($"{i}");
        }

        await _log.Log.TrimAsync(EmbeddedLog.Chat, 2999, EmbeddedLog.Stop);

        Assert.Equal(2999, (await _log.Log.HeadAsync(EmbeddedLog.Chat, EmbeddedLog.Stop)).Trimmed);
        Assert.Equal(["2999"], await _log.TextsAsync());
    }

    [Fact]
    public async Task Trim_UpToTheHead_KeepsTheNewestEntryAlsoAfterReopen()
    {
        var first = await _log.AppendAsync("a");
        var second = await _log.AppendAsync("b");
        await _log.Log.TrimAsync(EmbeddedLog.Chat, 2, EmbeddedLog.Stop);
        await _log.ReopenAsync();

        Assert.Equal(new(second, 1), await _log.Log.HeadAsync(EmbeddedLog.Chat, EmbeddedLog.Stop));
        Assert.Equal(["b"], await _log.TextsAsync(first));
        Assert.Equal(ResetReason.Trimmed, await _log.VerifyAsync(Position.Zero));
    }

    [Fact]
    public async Task Stream_IsAskedAboutBeforeItsFirstAppend_IsNotBegun()
    {
        var lost = new Position(3, Position.NewTag());
        await _log.Log.HeadAsync(EmbeddedLog.Chat, EmbeddedLog.Stop);
        await _log.Log.TrimAsync(EmbeddedLog.Chat, 1, EmbeddedLog.Stop);
        await _log.Log.ReadSnapshotAsync(EmbeddedLog.Chat, EmbeddedLog.Stop);
        await _log.Log.ReadCheckpointAsync(EmbeddedLog.Chat, "r", EmbeddedLog.Stop);

        Assert.Empty(await _log.TextsAsync());
        Assert.Equal(ResetReason.TailLost, await _log.VerifyAsync(lost));
        Assert.Equal(SaveResult.OffChain, await _log.Log.SaveSnapshotAsync(EmbeddedLog.Chat, new(lost, default), EmbeddedLog.Stop));
        Assert.Equal(SaveResult.OffChain, await _log.Log.SaveCheckpointAsync(EmbeddedLog.Chat, "r", [lost], EmbeddedLog.Stop));
        await _log.ReopenAsync();
        await _log.CloseAsync();
        Assert.Equal(0, _log.ReadLong("SELECT count(*) FROM streams"));
    }

    private bool IsInTheFile(string text)
    {
        using var file = new FileStream(_log.FilePath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        return bytes.AsSpan().IndexOf(System.Text.Encoding.UTF8.GetBytes(text)) >= 0;
    }
}
