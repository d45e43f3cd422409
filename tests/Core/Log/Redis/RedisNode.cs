using Microsoft.Extensions.Options;
using Serverless.Codec;
using Serverless.Events;
using Serverless.Log;
using Serverless.Log.Redis;
using Xunit;

namespace Serverless.Tests.Core.Log.Redis;

/// <summary>A node as the log sees it: one open log, with one stream that tests write texts to.</summary>
internal sealed class RedisNode : IAsyncDisposable
{
    private static readonly FrameCodec Codec = new(Options.Create(new CodecOptions()));

    private RedisNode(RedisEventLog log, RecordedLog told) => (Log, Told) = (log, told);

    public static StreamName Stream { get; } = new("chat");

    public static DateTimeOffset Time { get; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public RedisEventLog Log { get; }

    public RecordedLog Told { get; }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static async Task<RedisNode> OpenAsync(string configuration, Action<LogOptions>? change = null)
    {
        var told = new RecordedLog();
        var options = new LogOptions { Redis = configuration };
        change?.Invoke(options);
        var log = new RedisEventLog(Options.Create(options), TimeProvider.System, told);
        await log.OpenAsync(Stop);
        return new(log, told);
    }

    /// <summary>Appends one entry, its texts being its keys too, as often as it takes.</summary>
    public async Task<Position> AppendAsync(params string[] texts)
    {
        var batch = Batch(texts);
        return await WhenReachableAsync(async () => await Log.AppendAsync(Stream, batch, Stop) switch
        {
            AppendResult.Appended appended => appended.Last,
            AppendResult.Duplicate duplicate => duplicate.Known[^1].Position,
            var other => throw new InvalidOperationException($"{other}"),
        });
    }

    /// <summary>Does something as soon as Redis is there again.</summary>
    public static async Task<T> WhenReachableAsync<T>(Func<Task<T>> ask)
    {
        while (true)
        {
            try
            {
                return await ask();
            }
            catch (LogUnavailableException)
            {
                await Task.Delay(20, Stop);
            }
        }
    }

    public Task<StreamHead> HeadAsync() => WhenReachableAsync(() => Log.HeadAsync(Stream, Stop).AsTask());

    /// <summary>Reads to the head.</summary>
    public async Task<List<string>> ReadAsync(ReadFrom from)
    {
        var texts = new List<string>();
        while (Assert.IsType<ReadResult.Page>(await PageAsync(from)) is { Entries.Count: > 0 } page)
        {
            texts.AddRange(Texts(page.Entries));
            from = page.End;
        }

        return texts;
    }

    /// <summary>Reads, and gets a reset.</summary>
    public async Task<ResetReason> ResetAsync(Position position) => Assert.IsType<ReadResult.Reset>(await PageAsync(position)).Reason;

    public static IEnumerable<string> Texts(IEnumerable<LogEntry> entries) =>
        entries.SelectMany(entry => Codec.Decode(Stream, entry.Last.Offset, entry.Frame)).Select(value => ((MessageSent)value).Target);

    public static EncodedBatch Batch(params string[] texts) => BatchAt(Time, texts);

    public static EncodedBatch BatchAt(DateTimeOffset time, params string[] texts)
    {
        var none = new Payload(PayloadFormat.Json, "[]"u8.ToArray());
        var events = texts.Select(text => new MessageSent { Audience = Audience.Hub, Target = text, Arguments = none });
        return new(Codec.Encode([.. events], time), texts.Length, time, [.. texts.Index().Select(text => new EventKey(text.Index, text.Item))]);
    }

    public ValueTask DisposeAsync() => Log.DisposeAsync();

    private Task<ReadResult> PageAsync(ReadFrom from) => WhenReachableAsync(() => Log.ReadAsync(Stream, from, 1 << 20, Stop).AsTask());
}
