using Serverless.Log;
using Xunit;

namespace Serverless.Tests.Core.Log.Embedded;

/// <summary>The file loses a tail that readers have seen: a power cut takes it, or somebody puts an older copy in its place.</summary>
public sealed class EmbeddedLossTests : IAsyncLifetime
{
    private readonly TempFolder _folder = new();
    private readonly EmbeddedLog _log;

    public EmbeddedLossTests() => _log = new(_folder.Path);

    public async ValueTask InitializeAsync() => await _log.OpenAsync();

    public async ValueTask DisposeAsync()
    {
        await _log.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task OlderCopy_OfTheFile_ResetsJustThoseWhoHadSeenTheTail()
    {
        var kept = await AppendAsync("a", "b");
        var copy = await CopyAsync();
        var lost = await AppendAsync("c", "d");
        await ReplaceAsync(copy);

        Assert.All(await VerifyAsync([Position.Zero, .. kept]), Assert.Null);
        Assert.All(await VerifyAsync(lost), reason => Assert.Equal(ResetReason.TailLost, reason));
    }

    [Fact]
    public async Task OlderCopy_GrowsPastWhatWasLost_ResetsJustThoseWhoHadSeenTheTail()
    {
        var kept = await AppendAsync("a", "b");
        var copy = await CopyAsync();
        var lost = await AppendAsync("c", "d");
        await ReplaceAsync(copy);
        var regrown = await AppendAsync("e", "f", "g");

        Assert.All(await VerifyAsync(lost), reason => Assert.Equal(ResetReason.TailLost, reason));
        Assert.Equal(["e", "f", "g"], await _log.TextsAsync(kept[^1]));
        Assert.Equal(["b", "e", "f", "g"], await _log.TextsAsync(kept[0]));
        await _log.ReopenAsync();
        Assert.All(await VerifyAsync(lost), reason => Assert.Equal(ResetReason.TailLost, reason));
        Assert.All(await VerifyAsync([.. kept, .. regrown]), Assert.Null);
    }

    [Fact]
    public async Task OlderCopy_TwiceInARow_EachLostBranchIsReset()
    {
        var kept = await AppendAsync("a");
        var copy = await CopyAsync();
        var lost = await AppendAsync("b", "c", "d");
        await ReplaceAsync(copy);
        lost = [.. lost, .. await AppendAsync("e", "f")];
        await ReplaceAsync(copy);
        Assert.All(await VerifyAsync(lost), reason => Assert.Equal(ResetReason.TailLost, reason));
        var regrown = await AppendAsync("g", "h", "i", "j");

        Assert.All(await VerifyAsync(lost), reason => Assert.Equal(ResetReason.TailLost, reason));
        Assert.All(await VerifyAsync([.. kept, .. regrown]), Assert.Null);
        Assert.Equal(["a", "g", "h", "i", "j"], await _log.TextsAsync(Position.Zero));
    }

    [Fact]
    public async Task OlderCopy_OfAnEmptyFile_ResetsAllButTheBeginning()
    {
        var copy = await CopyAsync();
        var lost = await AppendAsync("a", "b");
        await ReplaceAsync(copy);
        Assert.All(await VerifyAsync(lost), reason => Assert.Equal(ResetReason.TailLost, reason));
        await AppendAsync("c", "d");

        Assert.All(await VerifyAsync(lost), reason => Assert.Equal(ResetReason.TailLost, reason));
        Assert.Equal(["c", "d"], await _log.TextsAsync(Position.Zero));
    }

    [Fact]
    public async Task OlderCopy_GrowsAndIsTrimmedPastWhatWasLost_ResetsThoseWhoHadSeenTheTail()
    {
        await AppendAsync("a");
        var copy = await CopyAsync();
        var lost = await AppendAsync("b", "c");
        await ReplaceAsync(copy);
        await AppendAsync("d", "e", "f");
        await _log.Log.TrimAsync(EmbeddedLog.Chat, 3, EmbeddedLog.Stop);

        Assert.Equal([ResetReason.Trimmed, ResetReason.TailLost], await VerifyAsync(lost));
    }

    [Fact]
    public async Task OlderCopy_SnapshotOfTheLostTailIsSaved_IsRefused()
    {
        var kept = await AppendAsync("a");
        var copy = await CopyAsync();
        var lost = await AppendAsync("b");
        await ReplaceAsync(copy);
        await AppendAsync("c", "d");

        Assert.Equal(SaveResult.OffChain, await SaveSnapshotAsync(lost[0]));
        Assert.Null(await _log.Log.ReadSnapshotAsync(EmbeddedLog.Chat, EmbeddedLog.Stop));
        Assert.Equal(SaveResult.Saved, await SaveSnapshotAsync(kept[0]));
    }

    [Fact]
    public async Task OlderCopy_WithASnapshotOfTheLostTail_AnEarlierOneReplacesIt()
    {
        var kept = await AppendAsync("a");
        var copy = await CopyAsync();
        var lost = await AppendAsync("b", "c");
        await ReplaceAsync(copy, $"INSERT INTO snapshots VALUES (1, {lost[1].Offset}, {unchecked((long)lost[1].Tag)}, x'00')");
        await AppendAsync("d", "e", "f");

        Assert.Equal(ResetReason.TailLost, await _log.VerifyAsync((await _log.Log.ReadSnapshotAsync(EmbeddedLog.Chat, EmbeddedLog.Stop))!.At));
        Assert.Equal(SaveResult.Saved, await SaveSnapshotAsync(kept[0]));
        Assert.Equal(kept[0], (await _log.Log.ReadSnapshotAsync(EmbeddedLog.Chat, EmbeddedLog.Stop))!.At);
    }

    [Fact]
    public async Task OlderCopy_CheckpointOfTheLostTail_IsRefusedAndTheReaderGoesBackToACommonPosition()
    {
        var kept = await AppendAsync("a", "b");
        await SaveCheckpointAsync(kept[1], kept[0]);
        var copy = await CopyAsync();
        var lost = await AppendAsync("c");
        Assert.Equal(SaveResult.Saved, await SaveCheckpointAsync(lost[0], kept[1], kept[0]));
        await ReplaceAsync(copy);
        await AppendAsync("d", "e");

        Assert.Equal(SaveResult.OffChain, await SaveCheckpointAsync(lost[0], kept[1], kept[0]));
        var locator = await _log.Log.ReadCheckpointAsync(EmbeddedLog.Chat, "r", EmbeddedLog.Stop);
        Assert.Equal([kept[1], kept[0]], locator);
        Assert.Equal(["d", "e"], await _log.TextsAsync(locator[0]));
    }

    [Fact]
    public async Task OlderCopy_KeyOfTheLostTail_IsAppendedAgain()
    {
        await AppendAsync("a");
        var copy = await CopyAsync();
        var lost = await AppendAsync("b");
        await ReplaceAsync(copy);
        var again = await AppendAsync("b");

        Assert.Equal(lost[0].Offset, again[0].Offset);
        Assert.NotEqual(lost[0].Tag, again[0].Tag);
    }

    [Fact]
    public async Task WriteAheadLog_IsCutAnywhere_ResetsJustThoseWhoHadSeenWhatIsGone()
    {
        List<Position> all = [Position.Zero, .. await AppendAsync([.. Enumerable.Range(0, 20).Select(i => $"{i}")])];
        var (file, wal) = (await ReadSharedAsync(_log.FilePath), await ReadSharedAsync(_log.FilePath + "-wal"));
        var heads = new HashSet<long>();
        for (var length = 0; length < wal.Length; length += 3001)
        {
            using var folder = new TempFolder();
            await using var cut = new EmbeddedLog(folder.Path);
            await File.WriteAllBytesAsync(cut.FilePath, file, EmbeddedLog.Stop);
            await File.WriteAllBytesAsync(cut.FilePath + "-wal", wal[..length], EmbeddedLog.Stop);
            await cut.OpenAsync();
            var head = (int)(await cut.Log.HeadAsync(EmbeddedLog.Chat, EmbeddedLog.Stop)).Head.Offset;
            heads.Add(head);
            for (var more = head; more < all.Count + 1; more++)
            {
                Assert.All(all, position => Assert.Equal(
                    position.Offset <= head ? null : ResetReason.TailLost, cut.VerifyAsync(position).GetAwaiter().GetResult()));
                await cut.AppendAsync($"more {more}");
            }
        }

        Assert.True(heads.Count > 10, $"Only {heads.Count} places were cut.");
    }

    private async Task<List<Position>> AppendAsync(params string[] texts)
    {
        var positions = new List<Position>();
        foreach (var text in texts)
        {
            positions.Add(await _log.AppendAsync(text));
        }

        return positions;
    }

    private async Task<List<ResetReason?>> VerifyAsync(IReadOnlyList<Position> positions)
    {
        var reasons = new List<ResetReason?>();
        foreach (var position in positions)
        {
            reasons.Add(await _log.VerifyAsync(position));
        }

        return reasons;
    }

    private Task<SaveResult> SaveSnapshotAsync(Position at) => _log.Log.SaveSnapshotAsync(EmbeddedLog.Chat, new(at, new byte[1]), EmbeddedLog.Stop).AsTask();

    private Task<SaveResult> SaveCheckpointAsync(params Position[] locator) =>
        _log.Log.SaveCheckpointAsync(EmbeddedLog.Chat, "r", locator, EmbeddedLog.Stop).AsTask();

    /// <summary>The file as it is now.</summary>
    private async Task<byte[]> CopyAsync()
    {
        await _log.CloseAsync();
        var copy = await File.ReadAllBytesAsync(_log.FilePath, EmbeddedLog.Stop);
        await _log.OpenAsync();
        return copy;
    }

    private async Task ReplaceAsync(byte[] copy, string? change = null)
    {
        await _log.CloseAsync();
        await File.WriteAllBytesAsync(_log.FilePath, copy, EmbeddedLog.Stop);
        if (change is not null)
        {
            _log.Execute(change);
        }

        await _log.OpenAsync();
    }

    private static async Task<byte[]> ReadSharedAsync(string path)
    {
        await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var bytes = new byte[file.Length];
        await file.ReadExactlyAsync(bytes, EmbeddedLog.Stop);
        return bytes;
    }
}
