using Serverless.Log;
using Xunit;

namespace Serverless.Tests.Core.Log.Embedded;

/// <summary>When opening begins an epoch, and when it is refused.</summary>
public sealed class EmbeddedOpeningTests : IAsyncLifetime
{
    private readonly TempFolder _folder = new();
    private readonly EmbeddedLog _log;

    public EmbeddedOpeningTests() => _log = new(_folder.Path);

    public async ValueTask InitializeAsync() => await _log.OpenAsync();

    public async ValueTask DisposeAsync()
    {
        await _log.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Open_SameBoot_KeepsTheEpoch()
    {
        var first = await _log.AppendAsync("a");
        await _log.ReopenAsync();

        Assert.Equal(first with { Offset = 2 }, await _log.AppendAsync("b"));
    }

    [Fact]
    public async Task Open_AnotherBootAfterCommit_KeepsTheEpoch()
    {
        await _log.ReopenAsync(FsyncMode.Commit);
        var first = await _log.AppendAsync("a");
        await ReopenInAnotherBootAsync(FsyncMode.Interval);

        Assert.Equal(first with { Offset = 2 }, await _log.AppendAsync("b"));
    }

    [Fact]
    public async Task Open_AnotherBootAfterInterval_BeginsAnEpochAtTheHead()
    {
        var first = await _log.AppendAsync("a");
        var second = await _log.AppendAsync("b");
        await ReopenInAnotherBootAsync(FsyncMode.Commit);
        var third = await _log.AppendAsync("c");
        var head = await _log.Log.HeadAsync(EmbeddedLog.Chat, EmbeddedLog.Stop);

        Assert.Equal(3, third.Offset);
        Assert.NotEqual(first.Epoch, third.Epoch);
        Assert.Equal([new(first.Epoch, 0), new(third.Epoch, 2)], head.Epochs);
        Assert.Equal([first, second, third], (await _log.ReadAllAsync(EmbeddedLog.Chat)).Select(entry => entry.Last));
    }

    [Fact]
    public async Task Open_AnotherBootAfterInterval_PositionsUpToTheHeadGoOn()
    {
        var first = await _log.AppendAsync("a");
        var second = await _log.AppendAsync("b");
        await ReopenInAnotherBootAsync();
        await _log.AppendAsync("c");

        Assert.Equal(["b", "c"], await PageAsync(first));
        Assert.Equal(["c"], await PageAsync(second));
    }

    [Fact]
    public async Task Open_AnotherBootAndATailIsLost_ResetsThoseWhoHadSeenIt()
    {
        var kept = await _log.AppendAsync("kept");
        await _log.CloseAsync();
        var before = await File.ReadAllBytesAsync(_log.FilePath, EmbeddedLog.Stop);
        await _log.OpenAsync();
        var lost = await _log.AppendAsync("lost");
        await _log.CloseAsync();
        await File.WriteAllBytesAsync(_log.FilePath, before, EmbeddedLog.Stop);
        _log.Execute("UPDATE meta SET value = 'another' WHERE name = 'boot'");
        await _log.OpenAsync();
        var next = await _log.AppendAsync("next");

        Assert.Equal(lost.Offset, next.Offset);
        Assert.NotEqual(lost.Epoch, next.Epoch);
        Assert.Equal(["next"], await PageAsync(kept));
        var reset = Assert.IsType<ReadResult.Reset>(await _log.Log.ReadAsync(EmbeddedLog.Chat, lost, 1000, EmbeddedLog.Stop));
        Assert.Equal(ResetReason.TailLost, reset.Reason);
    }

    [Fact]
    public async Task Open_ManyBoots_ForgetsLivesThatEndedBeforeWhatIsHeld()
    {
        for (var boot = 0; boot < 5; boot++)
        {
            await _log.AppendAsync($"{boot}");
            await ReopenInAnotherBootAsync();
        }

        await _log.Log.TrimAsync(EmbeddedLog.Chat, 4, EmbeddedLog.Stop);
        await ReopenInAnotherBootAsync();
        await _log.ReopenAsync();
        var head = await _log.Log.HeadAsync(EmbeddedLog.Chat, EmbeddedLog.Stop);

        Assert.Equal([3, 4, 5, 5], head.Epochs.Select(epoch => epoch.Head));
        Assert.Equal(head.Epochs[1].Epoch, Assert.Single(await _log.ReadAllAsync(EmbeddedLog.Chat)).Last.Epoch);
    }

    [Fact]
    public async Task Open_FolderIsOpenInThisProcess_IsRefused()
    {
        await using var second = new EmbeddedLog(_folder.Path);
        var error = await Assert.ThrowsAsync<LogOpenException>(second.OpenAsync);

        Assert.Contains("Another process", error.Message);
        Assert.Contains(_folder.Path, error.Message);
        await _log.AppendAsync("the first goes on");
    }

    [Fact]
    public async Task Open_SecondWasRefusedAndFirstClosed_Opens()
    {
        await using var second = new EmbeddedLog(_folder.Path);
        await Assert.ThrowsAsync<LogOpenException>(second.OpenAsync);
        await _log.CloseAsync();

        await second.OpenAsync();
    }

    [Fact]
    public async Task Open_NewerSchema_SaysSo()
    {
        await _log.CloseAsync();
        _log.Execute("PRAGMA user_version = 2");
        var error = await Assert.ThrowsAsync<LogOpenException>(_log.OpenAsync);

        Assert.Contains("schema version 2", error.Message);
    }

    [Fact]
    public async Task Open_AnotherProgramsDatabase_IsRefused()
    {
        using var folder = new TempFolder();
        await using var log = new EmbeddedLog(folder.Path);
        log.Execute("CREATE TABLE songs (title TEXT)");
        var error = await Assert.ThrowsAsync<LogOpenException>(log.OpenAsync);

        Assert.Contains("is no log of this program", error.Message);
    }

    [Fact]
    public async Task Open_PathIsAFile_SaysWhatToDo()
    {
        await using var log = new EmbeddedLog(_log.FilePath);
        var error = await Assert.ThrowsAsync<LogOpenException>(log.OpenAsync);

        Assert.Contains("Serverless:Log:Path", error.Message);
    }

    [Fact]
    public async Task Append_AfterClosing_IsUnavailable()
    {
        var log = _log.Log;
        await _log.CloseAsync();

        await Assert.ThrowsAsync<LogUnavailableException>(() => log.TrimAsync(EmbeddedLog.Chat, 1, EmbeddedLog.Stop).AsTask());
    }

    private async Task ReopenInAnotherBootAsync(FsyncMode? fsync = null)
    {
        await _log.CloseAsync();
        _log.Execute("UPDATE meta SET value = 'another' WHERE name = 'boot'");
        await _log.OpenAsync();
        if (fsync is not null)
        {
            await _log.ReopenAsync(fsync);
        }
    }

    private async Task<IEnumerable<string>> PageAsync(Position after) =>
        EmbeddedLog.Texts(Assert.IsType<ReadResult.Page>(await _log.Log.ReadAsync(EmbeddedLog.Chat, after, 1 << 20, EmbeddedLog.Stop)).Entries);
}
