using System.Buffers.Binary;
using Serverless.Codec;
using Serverless.Events;

namespace Serverless.FanOut.Folds;

/// <summary>Events as a snapshot: frames, each behind its length.
/// <code>(length u32, little-endian | frame)*</code></summary>
internal static class SnapshotFrames
{
    /// <param name="chunks">The events of each frame.</param>
    /// <param name="codec">Makes the frames.</param>
    /// <param name="time">Stands in each.</param>
    public static ReadOnlyMemory<byte> Encode(IEnumerable<IReadOnlyList<Event>> chunks, FrameCodec codec, DateTimeOffset time)
    {
        using var output = new MemoryStream();
        Span<byte> length = stackalloc byte[sizeof(uint)];
        foreach (var events in chunks)
        {
            var frame = codec.Encode(events, time);
            BinaryPrimitives.WriteUInt32LittleEndian(length, (uint)frame.Length);
            output.Write(length);
            output.Write(frame);
        }

        return output.ToArray();
    }

    /// <param name="stream">Named in errors.</param>
    /// <param name="offset">The last event's in the snapshot; named in errors.</param>
    /// <param name="state">What <see cref="Encode"/> made.</param>
    /// <param name="codec">Decodes it.</param>
    /// <exception cref="FrameException">It is damaged.</exception>
    public static IEnumerable<Event> Decode(StreamName stream, long offset, ReadOnlyMemory<byte> state, FrameCodec codec)
    {
        while (!state.IsEmpty)
        {
            var length = state.Length < sizeof(uint) ? uint.MaxValue : BinaryPrimitives.ReadUInt32LittleEndian(state.Span);
            if (length > state.Length - sizeof(uint))
            {
                throw new FrameException(stream, offset, "the snapshot ends within a frame");
            }

            foreach (var value in codec.Decode(stream, offset, state.Slice(sizeof(uint), (int)length)))
            {
                yield return value;
            }

            state = state[(sizeof(uint) + (int)length)..];
        }
    }
}
