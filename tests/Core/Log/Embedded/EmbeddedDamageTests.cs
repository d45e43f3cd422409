using CsCheck;
using Serverless.Log;
using Xunit;

namespace Serverless.Tests.Core.Log.Embedded;

/// <summary>Bytes of the file that the log never wrote.</summary>
public sealed class EmbeddedDamageTests : IAsyncLifetime
{
    private const int Entries = 60;

    private readonly TempFolder _folder = new();
    private readonly EmbeddedLog _log;

    public EmbeddedDamageTests() => _log = new(_folder.Path);

    public async ValueTask InitializeAsync()
    {
        await _log.OpenAsync();
        for (var i = 0; i < Entries; i++)
        {
            await _log.AppendAsync($"{i}", noise: 700 * (i % 9));
        }

        await _log.CloseAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _log.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Open_HeaderIsOverwritten_NamesFileAndWhatToDo()
    {
        Overwrite(0, new byte[100]);

        await AssertRefusedAsync();
    }

    [Fact]
    public async Task Open_FileIsCut_NamesFileAndWhatToDo()
    {
        await using (var file = File.OpenWrite(_log.FilePath))
        {
            file.SetLength(file.Length / 2);
        }

        await AssertRefusedAsync();
    }

    [Fact]
    public async Task Open_PageOfTheTreeIsOverwritten_NamesFileAndWhatToDo()
    {
        Overwrite(RootPage(), [.. Enumerable.Repeat((byte)0xA5, 4096)]);

        await AssertRefusedAsync();
    }

    [Fact]
    public async Task Read_FrameIsOverwritten_GivesWhatIsBeforeThenNamesStreamAndOffset()
    {
        Overwrite(await PlaceOfFrameAsync(30) + 100, [0xA5, 0x5A]);
        await _log.OpenAsync();
        var before = Assert.IsType<ReadResult.Page>(await ReadAsync(ReadFrom.Start)).Entries;
        var error = await Assert.ThrowsAsync<LogUnavailableException>(() => ReadAsync(before[^1].Last));

        Assert.Equal(Enumerable.Range(0, 30).Select(i => $"{i}"), EmbeddedLog.Texts(before));
        Assert.Contains("chat/0", error.Message);
        Assert.Contains("offset 31 ", error.Message);
        Assert.Contains(_log.FilePath, error.Message);
    }

    [Fact]
    public async Task Trim_UpToADamagedFrame_ReadingGoesOnBehindIt()
    {
        Overwrite(await PlaceOfFrameAsync(30) + 100, [0xA5, 0x5A]);
        await _log.OpenAsync();
        await _log.Log.TrimAsync(EmbeddedLog.Chat, 31, EmbeddedLog.Stop);
        await _log.AppendAsync("next");

        Assert.Equal([.. Enumerable.Range(31, Entries - 31).Select(i => $"{i}"), "next"], await _log.TextsAsync());
    }

    [Theory]
    [InlineData("UPDATE entries SET previous = 1 WHERE last = 31", 31)]
    [InlineData("UPDATE entries SET tag = 1 WHERE last = 31", 32)]
    [InlineData("DELETE FROM entries WHERE last = 30", 31)]
    public async Task Read_EntryDoesNotNameTheOneBefore_GivesWhatIsBeforeThenNamesStreamAndOffset(string change, long offset)
    {
        _log.Execute(change);
        await _log.OpenAsync();
        var before = Assert.IsType<ReadResult.Page>(await ReadAsync(ReadFrom.Start));
        var error = await Assert.ThrowsAsync<LogUnavailableException>(() => ReadAsync(before.End));

        Assert.Equal(before.End, before.Entries[^1].Last);
        Assert.Contains("chat/0", error.Message);
        Assert.Contains($"offset {offset} ", error.Message);
    }

    [Fact]
    public async Task Open_FirstEntryNamesOneBefore_IsRefused()
    {
        _log.Execute("UPDATE entries SET previous = 1 WHERE last = 1");

        await AssertRefusedAsync();
    }

    [Fact]
    public async Task Read_PageIsOverwrittenWhileOpen_NamesStreamAndOffset()
    {
        await _log.OpenAsync();
        Overwrite(RootPage(), [.. Enumerable.Repeat((byte)0xA5, 4096)]);
        var error = await Assert.ThrowsAsync<LogUnavailableException>(() => ReadAsync(ReadFrom.Start));

        Assert.Contains("chat/0", error.Message);
        Assert.Contains("damaged", error.Message);
    }

    [Fact]
    public async Task Damage_Anywhere_IsAClearErrorOrNone()
    {
        var whole = await File.ReadAllBytesAsync(_log.FilePath, EmbeddedLog.Stop);
        await Gen.Select(Gen.Int[0, whole.Length - 1], Gen.Byte[1, 255].Array[1, 64]).SampleAsync(
            async (place, bits) =>
            {
                var damaged = whole.ToArray();
                for (var i = 0; i < bits.Length && place + i < damaged.Length; i++)
                {
                    damaged[place + i] ^= bits[i];
                }

                await File.WriteAllBytesAsync(_log.FilePath, damaged, EmbeddedLog.Stop);
                await AssertNothingWrongIsReadAsync();
            },
            iter: 300,
            threads: 1);
    }

    private async Task AssertNothingWrongIsReadAsync()
    {
        try
        {
            await _log.OpenAsync();
        }
        catch (LogOpenException)
        {
            return;
        }

        var texts = new List<string>();
        try
        {
            for (var from = ReadFrom.Start; await ReadAsync(from) is ReadResult.Page { Entries.Count: > 0 } page; from = page.End)
            {
                texts.AddRange(EmbeddedLog.Texts(page.Entries));
            }

            Assert.Equal(Entries, texts.Count);
        }
        catch (LogUnavailableException e)
        {
            Assert.Contains("chat/0", e.Message);
        }
        finally
        {
            await _log.CloseAsync();
        }

        Assert.Equal(Enumerable.Range(0, texts.Count).Select(i => $"{i}"), texts);
    }

    private Task<ReadResult> ReadAsync(ReadFrom from) => _log.Log.ReadAsync(EmbeddedLog.Chat, from, 1 << 20, EmbeddedLog.Stop).AsTask();

    private async Task AssertRefusedAsync()
    {
        var error = await Assert.ThrowsAsync<LogOpenException>(_log.OpenAsync);

        Assert.Contains($"{_log.FilePath} is damaged", error.Message);
        Assert.Contains("restore it from a backup", error.Message);
    }

    private void Overwrite(long place, ReadOnlySpan<byte> bytes)
    {
        using var file = new FileStream(_log.FilePath, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        file.Position = place;
        file.Write(bytes);
    }

    /// <summary>Where the tree of the entries begins.</summary>
    private long RootPage() => (_log.ReadLong("SELECT rootpage FROM sqlite_schema WHERE name = 'entries'") - 1) * 4096;

    /// <summary>Where the file holds the frame of an entry, which begins in one piece.</summary>
    private async Task<long> PlaceOfFrameAsync(int entry)
    {
        await _log.OpenAsync();
        var frame = (await _log.ReadAllAsync(EmbeddedLog.Chat))[entry].Frame;
        await _log.CloseAsync();
        var place = File.ReadAllBytes(_log.FilePath).AsSpan().IndexOf(frame.Span[..200]);
        return place >= 0 ? place : throw new InvalidOperationException("The frame isn't in the file.");
    }
}
