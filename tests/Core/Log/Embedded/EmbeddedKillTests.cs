using System.Diagnostics;
using System.Reflection;
using Serverless.Codec;
using Serverless.Events;
using Serverless.Log;
using Xunit;

namespace Serverless.Tests.Core.Log.Embedded;

/// <summary>A process that appends is killed at once and without warning, as <c>kill -9</c> does.</summary>
public sealed class EmbeddedKillTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private static string Program { get; } = typeof(EmbeddedKillTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .First(value => value.Key == "LogWriter").Value!;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(FsyncMode.Interval)]
    [InlineData(FsyncMode.Commit)]
    public async Task Kill_WhileAppending_KeepsWhatWasAcknowledged(FsyncMode fsync)
    {
        var acknowledged = await RunAndKillAsync(fsync, appends: 3000);
        await using var log = await new EmbeddedLog(_folder.Path).OpenAsync();

        foreach (var stream in new[] { new StreamName("chat", 0), new StreamName("chat", 1) })
        {
            var entries = await log.ReadAllAsync(stream);
            var texts = EmbeddedLog.Texts(entries).ToList();
            Assert.Equal(texts.Count, entries[^1].Last.Offset);
            foreach (var caller in texts.GroupBy(text => text[0]))
            {
                Assert.Equal(Enumerable.Range(0, caller.Count()).Select(number => $"{caller.Key}:{number}"), caller);
            }

            var positions = entries.Select(entry => entry.Last).ToHashSet();
            foreach (var append in acknowledged.Where(append => append.Caller % 2 == stream.Shard))
            {
                Assert.Contains(append.Last, positions);
                var first = (int)append.Last.Offset - append.Count;
                Assert.Equal(Enumerable.Range(append.First, append.Count).Select(number => $"{append.Caller}:{number}"), texts[first..(first + append.Count)]);
            }

            Assert.Equal(Position.Zero.Tag, entries[0].Previous);
            Assert.All(entries.Zip(entries.Skip(1)), pair => Assert.True(pair.Second.Follows(pair.First.Last), $"{pair.Second} doesn't follow {pair.First}."));
        }

        await RepeatAsync(log, acknowledged);
    }

    [Fact]
    public async Task Open_FolderIsOpenInAnotherProcess_IsRefusedUntilThatIsGone()
    {
        using var writer = Start(FsyncMode.Interval);
        await using var log = new EmbeddedLog(_folder.Path);
        try
        {
            Assert.NotNull(await writer.StandardOutput.ReadLineAsync(EmbeddedLog.Stop));
            var error = await Assert.ThrowsAsync<LogOpenException>(log.OpenAsync);
            Assert.Contains("Another process", error.Message);
        }
        finally
        {
            writer.Kill();
            await writer.WaitForExitAsync(EmbeddedLog.Stop);
        }

        await log.OpenAsync();
    }

    /// <summary>What each caller was acknowledged last is repeated with the same keys: all are known, at the same places.</summary>
    private static async Task RepeatAsync(EmbeddedLog log, List<Append> acknowledged)
    {
        var codec = new FrameCodec(Microsoft.Extensions.Options.Options.Create(new CodecOptions()));
        foreach (var append in acknowledged.GroupBy(append => append.Caller).Select(appends => appends.Last()))
        {
            var keys = Enumerable.Range(0, append.Count).Select(index => new EventKey(index, $"{append.Caller}:{append.First + index}")).ToList();
            var events = keys.Select(key => ConnectionOpened.For(new("c"), null)).ToList();
            var time = TimeProvider.System.GetUtcNow();
            var result = await log.Log.AppendAsync(
                new("chat", append.Caller % 2), new(codec.Encode(events, time), events.Count, time, keys), EmbeddedLog.Stop);

            var first = append.Last.Offset - append.Count + 1;
            Assert.Equal(
                keys.Select(key => new KnownKey(key.Index, append.Last with { Offset = first + key.Index })),
                Assert.IsType<AppendResult.Duplicate>(result).Known);
        }
    }

    private async Task<List<Append>> RunAndKillAsync(FsyncMode fsync, int appends)
    {
        using var writer = Start(fsync);
        var acknowledged = new List<Append>();
        while (await writer.StandardOutput.ReadLineAsync(EmbeddedLog.Stop) is { } line)
        {
            // the last line may have been cut
            if (line.EndsWith(';'))
            {
                acknowledged.Add(Append.Parse(line));
            }

            if (acknowledged.Count == appends)
            {
                writer.Kill();
            }
        }

        await writer.WaitForExitAsync(EmbeddedLog.Stop);
        Assert.True(acknowledged.Count >= appends, $"The writer ended by itself after {acknowledged.Count} appends.");
        return acknowledged;
    }

    private Process Start(FsyncMode fsync) => Process.Start(new ProcessStartInfo(
        "dotnet",
        [Program, _folder.Path, fsync.ToString()])
    {
        RedirectStandardOutput = true,
    })!;

    private sealed record Append(int Caller, int First, int Count, Position Last)
    {
        public static Append Parse(string line)
        {
            var parts = line.TrimEnd(';').Split(' ');
            Assert.True(Position.TryParse(parts[3], out var last), line);
            return new(int.Parse(parts[0]), int.Parse(parts[1]), int.Parse(parts[2]), last);
        }
    }
}
