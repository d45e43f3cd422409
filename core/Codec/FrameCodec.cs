using System.Buffers;
using System.Collections.Concurrent;
using MessagePack;
using Microsoft.Extensions.Options;
using Serverless.Events;
using ZstdSharp;

namespace Serverless.Codec;

/// <summary>Turns a batch of events into a frame and back. Thread-safe.</summary>
public sealed class FrameCodec(IOptions<CodecOptions> options)
{
    /// <summary>The most bytes that a frame's body may have, uncompressed; larger ones are refused on both ways.</summary>
    public const int MaxBodyLength = 64 * 1024 * 1024;

    private readonly CodecOptions _options = options.Value;
    private readonly ConcurrentBag<Compressor> _compressors = [];
    private readonly ConcurrentBag<Decompressor> _decompressors = [];

    /// <summary>Encodes events as one frame, which is the caller's to keep.</summary>
    /// <param name="events">At least one.</param>
    /// <param name="time">Stands uncompressed in the header, in ms.</param>
    /// <exception cref="ArgumentException">There is no event, or the body is larger than <see cref="MaxBodyLength"/>.</exception>
    public byte[] Encode(IReadOnlyList<Event> events, DateTimeOffset time)
    {
        ArgumentOutOfRangeException.ThrowIfZero(events.Count);
        var body = new ArrayBufferWriter<byte>(Math.Min(256 * events.Count, 1 << 20));
        var writer = new MessagePackWriter(body);
        for (var i = 0; i < events.Count; i++)
        {
            EventWriter.Write(ref writer, events[i]);
        }

        writer.Flush();
        ArgumentOutOfRangeException.ThrowIfGreaterThan(body.WrittenCount, MaxBodyLength, nameof(events));
        return Finish(body.WrittenSpan, events.Count, time.ToUnixTimeMilliseconds());
    }

    /// <summary>Decodes a frame. Payloads of the events share its memory, or that of its body once that is decompressed.</summary>
    /// <param name="stream">Named in errors.</param>
    /// <param name="lastOffset">The offset of the frame's last event; named in errors.</param>
    /// <param name="frame">Not changed while the events are in use.</param>
    /// <exception cref="FrameException">The frame is damaged or of an unknown version.</exception>
    public IReadOnlyList<Event> Decode(StreamName stream, long lastOffset, ReadOnlyMemory<byte> frame)
    {
        var error = FrameHeader.TryRead(frame.Span, out var header);
        if (error is not null)
        {
            throw new FrameException(stream, lastOffset, error);
        }

        try
        {
            return DecodeBody(header, Body(header, frame[FrameHeader.Size..]));
        }
        catch (Exception e) when (e is MessagePackSerializationException or EndOfStreamException or OverflowException or ArgumentException
            or ZstdException or InvalidDataException)
        {
            throw new FrameException(stream, lastOffset, $"the frame's body can't be read: {e.Message}", e);
        }
    }

    /// <summary>The time in a frame's header: when it was encoded. For a frame that <see cref="Decode"/> has read.</summary>
    /// <exception cref="InvalidDataException">The bytes are no frame.</exception>
    public static DateTimeOffset ReadTime(ReadOnlySpan<byte> frame) =>
        FrameHeader.TryRead(frame, out var header) is { } error
            ? throw new InvalidDataException(error)
            : DateTimeOffset.FromUnixTimeMilliseconds(header.UnixMilliseconds);

    private byte[] Finish(ReadOnlySpan<byte> body, int count, long time)
    {
        if (body.Length >= _options.CompressAbove)
        {
            var compressor = _compressors.TryTake(out var pooled) ? pooled : new Compressor(_options.Level);
            var buffer = ArrayPool<byte>.Shared.Rent(Compressor.GetCompressBound(body.Length));
            try
            {
                var length = compressor.Wrap(body, buffer);
                if (length < body.Length)
                {
                    return Frame(buffer.AsSpan(0, length), new(FrameHeader.Zstd, count, time, body.Length));
                }
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
                _compressors.Add(compressor);
            }
        }

        return Frame(body, new(0, count, time, body.Length));
    }

    private static byte[] Frame(ReadOnlySpan<byte> stored, FrameHeader header)
    {
        var frame = GC.AllocateUninitializedArray<byte>(FrameHeader.Size + stored.Length);
        stored.CopyTo(frame.AsSpan(FrameHeader.Size));
        header.Write(frame);
        return frame;
    }

    private ReadOnlyMemory<byte> Body(FrameHeader header, ReadOnlyMemory<byte> stored)
    {
        if (header.BodyLength is < 0 or > MaxBodyLength)
        {
            throw new InvalidDataException($"its length of {header.BodyLength} is out of range");
        }

        if ((header.Flags & FrameHeader.Zstd) == 0)
        {
            return stored.Length == header.BodyLength ? stored : throw new InvalidDataException($"it has {stored.Length} bytes, not {header.BodyLength}");
        }

        var decompressor = _decompressors.TryTake(out var pooled) ? pooled : new Decompressor();
        try
        {
            var body = GC.AllocateUninitializedArray<byte>(header.BodyLength);
            var length = decompressor.Unwrap(stored.Span, body);
            return length == body.Length ? body : throw new InvalidDataException($"it decompresses to {length} bytes, not {header.BodyLength}");
        }
        finally
        {
            _decompressors.Add(decompressor);
        }
    }

    private static Event[] DecodeBody(FrameHeader header, ReadOnlyMemory<byte> body)
    {
        // each event takes at least 3 bytes: a count beyond that is no reason to allocate
        if (header.Count < 1 || header.Count > body.Length)
        {
            throw new InvalidDataException($"it can't hold {header.Count} events");
        }

        var reader = new MessagePackReader(body);
        var events = new Event[header.Count];
        for (var i = 0; i < events.Length; i++)
        {
            events[i] = EventReader.Read(ref reader);
        }

        return reader.End ? events : throw new InvalidDataException("bytes follow its last event");
    }
}
