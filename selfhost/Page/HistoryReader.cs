using System.Buffers;
using System.Text.Json;
using Serverless.Codec;
using Serverless.Events;
using Serverless.FanOut;
using Serverless.Log;

namespace Serverless.SelfHost.Page;

/// <summary>Reads a group's newest messages from the log. The work is bounded: it looks at the stream's newest events only. Thread-safe.</summary>
internal sealed class HistoryReader(IEventLog log, FrameCodec codec)
{
    /// <summary>How many of the stream's newest events are looked at: what a group sent before them isn't shown.</summary>
    public const int MaxEvents = 10_000;

    /// <summary>The most messages of an answer.</summary>
    public const int MaxMessages = 1_000;

    private const int PageBytes = 1024 * 1024;

    /// <param name="stream">Hub and shard.</param>
    /// <param name="group">The group that the messages were sent to.</param>
    /// <param name="target">The client method that they called; null for any.</param>
    /// <param name="limit">1 to <see cref="MaxMessages"/>.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns>The newest <paramref name="limit"/>, oldest first.</returns>
    /// <exception cref="LogUnavailableException">The log is out of reach.</exception>
    /// <exception cref="FrameException">An entry can't be read.</exception>
    public async Task<IReadOnlyCollection<HistoryMessage>> ReadAsync(
        StreamName stream, string group, string? target, int limit, CancellationToken cancellationToken)
    {
        var messages = new Queue<HistoryMessage>();
        var head = await log.HeadAsync(stream, cancellationToken);
        var last = head.Head.Offset;
        var from = ReadFrom.Event(Math.Max(1, last - MaxEvents + 1));
        while (from.Offset < last)
        {
            var result = await log.ReadAsync(stream, from, PageBytes, cancellationToken);
            if (result is ReadResult.Reset reset)
            {
                // trimming or a loss overtook the reading: begin again with what is held now
                messages.Clear();
                last = reset.Head.Head.Offset;
                from = ReadFrom.Start;
                continue;
            }

            var page = (ReadResult.Page)result;
            if (page.Entries.Count == 0)
            {
                break;
            }

            foreach (var entry in page.Entries)
            {
                Collect(stream, entry, new(group, target, limit), messages);
            }

            from = page.End;
        }

        return messages;
    }

    private void Collect(StreamName stream, LogEntry entry, Wanted wanted, Queue<HistoryMessage> messages)
    {
        var events = codec.Decode(stream, entry.Last.Offset, entry.Frame);
        var at = FrameCodec.ReadTime(entry.Frame.Span);
        for (var i = 0; i < events.Count; i++)
        {
            if (events[i] is MessageSent { Audience: { Kind: AudienceKind.Group } audience, Arguments.Format: not PayloadFormat.Frames } message
                && audience.Name == wanted.Group && (wanted.Target is null || wanted.Target == message.Target))
            {
                messages.Enqueue(new(entry.FirstOffset + i, message.Target, ToJson(message.Arguments), at));
                if (messages.Count > wanted.Limit)
                {
                    messages.Dequeue();
                }
            }
        }
    }

    private static JsonElement ToJson(Payload payload)
    {
        var json = new ArrayBufferWriter<byte>(payload.Bytes.Length);
        Transcoder.WriteJson(payload, json);
        return JsonElement.Parse(json.WrittenSpan);
    }

    private readonly record struct Wanted(string Group, string? Target, int Limit);
}
