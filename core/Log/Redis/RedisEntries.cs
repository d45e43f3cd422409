using System.Buffers.Binary;
using System.Globalization;
using Serverless.Codec;
using Serverless.Events;
using StackExchange.Redis;

namespace Serverless.Log.Redis;

/// <summary>Reads entries as the append script stores them: id <c>offset-0</c>, fields <c>t</c> (tag), <c>p</c> (the tag of the entry before it) and <c>f</c> (frame).</summary>
internal static class RedisEntries
{
    /// <summary>An entry as it stands in answers: <c>[id, [field, value, …]]</c>.</summary>
    /// <exception cref="FrameException">It isn't one of ours, or damaged.</exception>
    public static LogEntry Read(StreamName stream, RedisResult entry)
    {
        var (id, fields) = ((string?)entry[0], entry[1]);
        var dash = id?.IndexOf('-', StringComparison.Ordinal) ?? -1;
        if (dash < 0 || !long.TryParse(id.AsSpan(0, dash), NumberStyles.None, CultureInfo.InvariantCulture, out var offset) || fields.Length != 6)
        {
            throw new FrameException(stream, 0, $"an entry has the id '{id}' and {fields.Length / 2} fields: something else wrote to this key");
        }

        ReadOnlyMemory<byte> frame = (RedisValue)fields[5];
        if (frame.Length < FrameHeader.Size)
        {
            throw new FrameException(stream, offset, $"the frame is damaged: {frame.Length} bytes are fewer than its header's {FrameHeader.Size}");
        }

        if (!TryReadTag((RedisValue)fields[1], out var tag) || !TryReadTag((RedisValue)fields[3], out var previous))
        {
            throw new FrameException(stream, offset, "the entry has no tags: something else wrote to this key");
        }

        // the count, by its documented place; whether the frame is whole is checked where it is decoded
        return new(new(offset, tag), previous, BinaryPrimitives.ReadInt32LittleEndian(frame.Span[4..]), frame);
    }

    /// <summary>The id of the entry whose last event has this offset.</summary>
    public static string Id(long offset) => string.Create(CultureInfo.InvariantCulture, $"{offset}-0");

    /// <summary>A tag, 16 hexadecimal digits; 0 for anything else.</summary>
    public static ulong ReadTag(RedisValue tag) => TryReadTag(tag, out var read) ? read : 0;

    private static bool TryReadTag(RedisValue tag, out ulong read) =>
        ulong.TryParse(tag.ToString(), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out read);
}
