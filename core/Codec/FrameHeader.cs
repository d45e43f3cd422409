using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Serverless.Codec;

/// <summary>
/// The 24 bytes before a frame's body, little-endian; scripts in Redis read count and time by these places.
/// <code>
/// 0  u8   'S'          4  u32  count of events             16 u32  length of the body, uncompressed
/// 1  u8   version, 1   8  i64  time, ms since 1970, UTC    20 u32  CRC-32C of bytes 0 to 19 and of the body as it is stored
/// 2  u8   flags: 1 = the body is compressed with zstd
/// 3  u8   0
/// </code>
/// </summary>
internal readonly record struct FrameHeader(byte Flags, int Count, long UnixMilliseconds, int BodyLength)
{
    public const int Size = 24;
    public const byte Version = 1;
    public const byte Zstd = 1;
    private const byte Magic = (byte)'S';

    /// <summary>Writes the header for a body that stands behind it in the same frame.</summary>
    public void Write(Span<byte> frame)
    {
        frame[0] = Magic;
        frame[1] = Version;
        frame[2] = Flags;
        frame[3] = 0;
        BinaryPrimitives.WriteInt32LittleEndian(frame[4..], Count);
        BinaryPrimitives.WriteInt64LittleEndian(frame[8..], UnixMilliseconds);
        BinaryPrimitives.WriteInt32LittleEndian(frame[16..], BodyLength);
        BinaryPrimitives.WriteUInt32LittleEndian(frame[20..], Checksum(frame));
    }

    /// <summary>Reads and checks a header.</summary>
    /// <returns>Null when all is well, else what is wrong.</returns>
    public static string? TryRead(ReadOnlySpan<byte> frame, out FrameHeader header)
    {
        header = default;
        if (frame.Length < Size)
        {
            return $"the frame is damaged: {frame.Length} bytes are fewer than its header's {Size}";
        }

        if (frame[0] != Magic)
        {
            return "the frame is damaged: it doesn't begin with 'S'";
        }

        if (frame[1] != Version)
        {
            return $"the frame has version {frame[1]}, this reads version {Version}: update this node";
        }

        if (BinaryPrimitives.ReadUInt32LittleEndian(frame[20..]) != Checksum(frame))
        {
            return "the frame is damaged: its checksum doesn't match";
        }

        if ((frame[2] & ~Zstd) != 0)
        {
            return $"the frame has flags {frame[2]}, this knows {Zstd}: update this node";
        }

        header = new(
            frame[2],
            BinaryPrimitives.ReadInt32LittleEndian(frame[4..]),
            BinaryPrimitives.ReadInt64LittleEndian(frame[8..]),
            BinaryPrimitives.ReadInt32LittleEndian(frame[16..]));
        return null;
    }

    private static uint Checksum(ReadOnlySpan<byte> frame) => Crc(Crc(uint.MaxValue, frame[..20]), frame[Size..]) ^ uint.MaxValue;

    private static uint Crc(uint crc, ReadOnlySpan<byte> bytes)
    {
        var words = MemoryMarshal.Cast<byte, ulong>(bytes);
        foreach (var word in words)
        {
            crc = BitOperations.Crc32C(crc, word);
        }

        foreach (var rest in bytes[(words.Length * sizeof(ulong))..])
        {
            crc = BitOperations.Crc32C(crc, rest);
        }

        return crc;
    }
}
