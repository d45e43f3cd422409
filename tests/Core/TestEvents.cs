using Microsoft.Extensions.Options;
using Serverless.Codec;
using Serverless.Events;
using Serverless.Log;
using Serverless.Log.Memory;

namespace Serverless.Tests.Core;

/// <summary>Makes events, and reads them back from a log.</summary>
internal static class TestEvents
{
    public static StreamName Chat { get; } = new("chat");

    public static FrameCodec Frames { get; } = new(Options.Create(new CodecOptions()));

    public static MemoryEventLog NewLog(Action<LogOptions>? configure = null)
    {
        var options = new LogOptions();
        configure?.Invoke(options);
        return new(Options.Create(options));
    }

    public static MessageSent Message(string target, Audience? to = null, string arguments = "[]", string? key = null, params string[] excluded) => new()
    {
        Audience = to ?? Audience.Hub,
        Target = target,
        Arguments = new(PayloadFormat.Json, System.Text.Encoding.UTF8.GetBytes(arguments)),
        Key = key,
        Excluded = [.. excluded.Select(id => new ConnectionId(id))],
    };

    /// <summary>Appends events in one entry.</summary>
    public static async Task<Position> AppendAsync(IEventLog log, StreamName stream, params Event[] events)
    {
        var keys = events.Index().Where(each => each.Item.Key is not null).Select(each => new EventKey(each.Index, each.Item.Key!));
        var batch = new EncodedBatch(Frames.Encode(events, DateTimeOffset.UnixEpoch), events.Length, DateTimeOffset.UnixEpoch, [.. keys]);
        return ((AppendResult.Appended)await log.AppendAsync(stream, batch, CancellationToken.None)).Last;
    }

    /// <summary>All events that a stream holds.</summary>
    public static async Task<List<Event>> AllAsync(IEventLog log)
    {
        var page = (ReadResult.Page)await log.ReadAsync(Chat, ReadFrom.Start, int.MaxValue, CancellationToken.None);
        return [.. page.Entries.SelectMany(entry => Frames.Decode(Chat, entry.Last.Offset, entry.Frame))];
    }

    /// <summary>The targets of all messages that a stream holds.</summary>
    public static async Task<List<string>> TargetsAsync(IEventLog log) => [.. (await AllAsync(log)).OfType<MessageSent>().Select(message => message.Target)];
}
