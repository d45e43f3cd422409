using System.Buffers;
using System.Buffers.Binary;

namespace Serverless.Tests.SelfHost.Transports.WebSockets;

/// <summary>Frames as a client sends them, masked. RFC 6455, section 5.2.</summary>
internal static class ClientFrames
{
    private const uint Mask = 0x9A37_11C5;

    public const int Text = 1;
    public const int Close = 8;
    public const int Ping = 9;
    public const int Pong = 10;

    public static byte[] Make(int opcode, byte[] payload, bool isFinal = true)
    {
        var output = new ArrayBufferWriter<byte>();
        output.Write<byte>([(byte)((isFinal ? 0x80 : 0) | opcode)]);
        if (payload.Length < 126)
        {
            output.Write<byte>([(byte)(0x80 | payload.Length)]);
        }
        else if (payload.Length <= ushort.MaxValue)
        {
            output.Write<byte>([0x80 | 126]);
            BinaryPrimitives.WriteUInt16BigEndian(output.GetSpan(2), (ushort)payload.Length);
            output.Advance(2);
        }
        else
        {
            output.Write<byte>([0x80 | 127]);
            BinaryPrimitives.WriteUInt64BigEndian(output.GetSpan(8), (ulong)payload.Length);
            output.Advance(8);
        }

        Span<byte> mask = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(mask, Mask);
        output.Write<byte>(mask);
        for (var i = 0; i < payload.Length; i++)
        {
            output.Write<byte>([(byte)(payload[i] ^ mask[i % 4])]);
        }

        return output.WrittenSpan.ToArray();
    }
}
