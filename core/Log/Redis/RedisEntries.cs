using System.Buffers.Binary;
using System.Globalization;
using Serverless.Codec;
using Serverless.Events;
using StackExchange.Redis;

namespace Serverless.Log.Redis;

/// <summary>Reads entries as the append script stores them: id <c>offset-0</c>, fields <c>e</c> (epoch) and <c>f</c> (frame).</summary>
internal static class RedisEntries
{
    /// <summary>An entry of <c>XRANGE</c>.</summary>
    /// <exception cref="FrameException">It isn't one of ours, or damaged.</exception>
    public static LogEntry Read(StreamName stream, StreamEntry entry) => Read(stream, entry.Id, entry["e"], entry["f"]);

    /// <summary>An entry of <c>XREAD</c> as it stands in the answer: <c>[id, [field, value, …]]</c>.</summary>
    /// <exception cref="FrameException">It isn't one of ours, or damaged.</exception>
    public static LogEntry Read(StreamName stream, RedisResult entry)
    {
        var fields = entry[1];
        return Read(stream, (string?)entry[0], (RedisValue)fields[1], (RedisValue)fields[3]);
    }

    /// <summary>The id of the entry whose last event has this offset.</summary>
    public static string Id(long offset) => string.Create(CultureInfo.InvariantCulture, $"{offset}-0");

    private static LogEntry Read(StreamName stream, string? id, RedisValue epoch, RedisValue value)
    {
        var dash = id?.IndexOf('-', StringComparison.Ordinal) ?? -1;
        if (dash < 0 || !long.TryParse(id.AsSpan(0, dash), NumberStyles.None, CultureInfo.InvariantCulture, out var offset))
        {
            throw new FrameException(stream, 0, $"an entry has the id '{id}': something else wrote to this key");
        }

        ReadOnlyMemory<byte> frame = value;
        if (frame.Length < FrameHeader.Size)
        {
            throw new FrameException(stream, offset, $"the frame is damaged: {frame.Length} bytes are fewer than its header's {FrameHeader.Size}");
        }

        // the count, by its documented place; whether the frame is whole is checked where it is decoded
        return new(new(epoch.ToString(), offset), BinaryPrimitives.ReadInt32LittleEndian(frame.Span[4..]), frame);
    }
}
