using Serverless.Log;
using Xunit;

namespace Serverless.Tests.Core.Log.Embedded;

/// <summary>What is the same after opening, and when opening is refused.</summary>
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

    [Theory]
    [InlineData(FsyncMode.Interval, FsyncMode.Commit)]
    [InlineData(FsyncMode.Commit, FsyncMode.Interval)]
    public async Task Open_Again_PositionsGoOnWhateverIsSynced(FsyncMode before, FsyncMode after)
    {
        await _log.ReopenAsync(before);
        var first = await _log.AppendAsync("a");
        var second = await _log.AppendAsync("b");
        await _log.ReopenAsync(after);
        var head = await _log.Log.HeadAsync(EmbeddedLog.Chat, EmbeddedLog.Stop);
        var third = await _log.AppendAsync("c");
        await _log.ReopenAsync(before);

        Assert.Equal(new(second, 0), head);
        Assert.Equal(["a", "b", "c"], await _log.TextsAsync(Position.Zero));
        Assert.Equal(["b", "c"], await _log.TextsAsync(first));
        Assert.Equal(["c"], await _log.TextsAsync(second));
        Assert.Equal([first, second, third], (await _log.ReadAllAsync(EmbeddedLog.Chat)).Select(entry => entry.Last));
    }

    [Fact]
    public async Task Open_SnapshotAndCheckpointOfTheRunBefore_AreStillThere()
    {
        var first = await _log.AppendAsync("a");
        var second = await _log.AppendAsync("b");
        await _log.Log.SaveSnapshotAsync(EmbeddedLog.Chat, new(second, new byte[] { 7 }), EmbeddedLog.Stop);
        await _log.Log.SaveCheckpointAsync(EmbeddedLog.Chat, "r", [second, first], EmbeddedLog.Stop);
        await _log.ReopenAsync();
        var snapshot = await _log.Log.ReadSnapshotAsync(EmbeddedLog.Chat, EmbeddedLog.Stop);

        Assert.Equal(second, snapshot!.At);
        Assert.Equal([7], snapshot.State.ToArray());
        Assert.Equal([second, first], await _log.Log.ReadCheckpointAsync(EmbeddedLog.Chat, "r", EmbeddedLog.Stop));
        Assert.Equal(SaveResult.Superseded, await _log.Log.SaveSnapshotAsync(EmbeddedLog.Chat, new(first, default), EmbeddedLog.Stop));
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
    public async Task Open_SchemaOfAnEarlierPreRelease_SaysWhatToDo()
    {
        await _log.CloseAsync();
        _log.Execute("PRAGMA user_version = 1");
        var error = await Assert.ThrowsAsync<LogOpenException>(_log.OpenAsync);

        Assert.Contains(_log.FilePath, error.Message);
        Assert.Contains("set Serverless:Log:Path to another folder, or move the file away", error.Message);
    }

    [Fact]
    public async Task Open_NewerSchema_SaysSo()
    {
        await _log.CloseAsync();
        _log.Execute("PRAGMA user_version = 3");
        var error = await Assert.ThrowsAsync<LogOpenException>(_log.OpenAsync);

        Assert.Contains("schema version 3", error.Message);
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
}
