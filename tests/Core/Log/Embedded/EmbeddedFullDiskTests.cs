using Serverless.Log;
using Xunit;

namespace Serverless.Tests.Core.Log.Embedded;

/// <summary>A disk without room, a real one.</summary>
public sealed class EmbeddedFullDiskTests
{
    private const int Noise = 40_000;

    [Fact]
    public async Task Append_DiskIsFull_FailsAndKeepsExactlyWhatWasAcknowledged() => await SmallDisk.RunAsync(64, async disk =>
    {
        await using var log = await new EmbeddedLog(disk.Path).OpenAsync();
        var acknowledged = await FillAsync(log);

        Assert.True(acknowledged > 100, $"Only {acknowledged} appends found room.");
        Assert.Equal(Texts(0, acknowledged), await log.TextsAsync());
        await log.ReopenAsync();
        Assert.Equal(Texts(0, acknowledged), await log.TextsAsync());
    });

    [Fact]
    public async Task Append_DiskHasRoomAgain_GoesOnWithoutAHole() => await SmallDisk.RunAsync(64, async disk =>
    {
        await using var log = await new EmbeddedLog(disk.Path).OpenAsync();
        var acknowledged = await FillAsync(log);
        Assert.False(File.Exists(ReservePath(disk)), "The reserve is still there.");
        disk.Resize(128);

        Assert.Equal(acknowledged + 1, (await log.AppendAsync($"{acknowledged}")).Offset);
        Assert.True(new FileInfo(ReservePath(disk)) is { Exists: true, Length: 16 * 1024 * 1024 }, "The reserve wasn't made again.");
        Assert.Equal(Texts(0, acknowledged + 1), await log.TextsAsync());
    });

    [Fact]
    public async Task Trim_DiskIsFull_MakesRoomForAppends() => await SmallDisk.RunAsync(64, async disk =>
    {
        await using var log = await new EmbeddedLog(disk.Path).OpenAsync();
        var acknowledged = await FillAsync(log);
        await log.Log.TrimAsync(EmbeddedLog.Chat, acknowledged - 5, EmbeddedLog.Stop);

        for (var i = 0; i < 10; i++)
        {
            await log.AppendAsync($"{acknowledged + i}", Noise);
        }

        Assert.Equal(Texts(acknowledged - 5, acknowledged + 10), await log.TextsAsync());
    });

    [Fact]
    public async Task Append_DiskIsFullAndEntriesAreOld_DropsThemAndGoesOn() => await SmallDisk.RunAsync(64, async disk =>
    {
        await using var log = await new EmbeddedLog(disk.Path).OpenAsync();
        var acknowledged = await FillAsync(log);
        log.Time.Advance(TimeSpan.FromHours(25));
        await log.AppendAsync($"{acknowledged}", Noise);

        Assert.Equal(acknowledged + 1, (await log.Log.HeadAsync(EmbeddedLog.Chat, EmbeddedLog.Stop)).Head.Offset);
        Assert.Equal($"{acknowledged}", (await log.TextsAsync())[^1]);
    });

    [Fact]
    public async Task Open_DiskIsFull_ServesReadsAndAppendsOnceThereIsRoom() => await SmallDisk.RunAsync(64, async disk =>
    {
        await using var log = await new EmbeddedLog(disk.Path).OpenAsync();
        var first = await log.AppendAsync("0");
        await log.CloseAsync();
        disk.Fill(leaveKibibytes: 0);
        await log.OpenAsync();
        Assert.Equal(["0"], await log.TextsAsync());

        await FillAsync(log, from: 1);
        disk.RemoveFiller();
        await log.AppendAsync("next");
        Assert.Null(await log.VerifyAsync(first));
        Assert.Equal("next", (await log.TextsAsync())[^1]);
    });

    [Fact]
    public async Task Follow_NewStreamOnAFullDisk_WaitsForItsFirstEntry() => await SmallDisk.RunAsync(64, async disk =>
    {
        await using var log = await new EmbeddedLog(disk.Path).OpenAsync();
        await FillAsync(log);
        await using var follow = log.Log.FollowAsync(new("news"), ReadFrom.Start, EmbeddedLog.Stop).GetAsyncEnumerator(EmbeddedLog.Stop);
        var next = follow.MoveNextAsync().AsTask();
        disk.Resize(128);
        var now = log.Time.GetUtcNow();
        var frame = new Serverless.Codec.FrameCodec(Microsoft.Extensions.Options.Options.Create(new Serverless.Codec.CodecOptions()))
            .Encode([Serverless.Events.ConnectionOpened.For(new("c"), null)], now);
        await log.Log.AppendAsync(new("news"), new(frame, 1, now, []), EmbeddedLog.Stop);

        Assert.True(await next);
        Assert.Equal(1, Assert.Single(Assert.IsType<ReadResult.Page>(follow.Current).Entries).Last.Offset);
    });

    /// <summary>Appends until the disk is full, then twenty more, all of which must be refused.</summary>
    private static async Task<int> FillAsync(EmbeddedLog log, int from = 0)
    {
        var next = from;
        try
        {
            for (; next < 2000; next++)
            {
                await log.AppendAsync($"{next}", Noise);
            }

            Assert.Fail("The disk never filled.");
        }
        catch (LogUnavailableException e)
        {
            Assert.Contains("disk", e.Message);
            Assert.Contains("chat/0", e.Message);
        }

        for (var more = 0; more < 20; more++)
        {
            await Assert.ThrowsAsync<LogUnavailableException>(() => log.AppendAsync("refused", Noise));
        }

        return next;
    }

    private static IEnumerable<string> Texts(int from, int to) => Enumerable.Range(from, to - from).Select(i => $"{i}");

    private static string ReservePath(SmallDisk disk) => Path.Combine(disk.Path, "serverless.reserve");
}
