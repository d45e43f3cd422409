using System.Buffers.Binary;
using System.Text;

namespace Serverless.Bench.Load.Wire;

/// <summary>Frames that the client sends. Clients must mask; a mask of zeros leaves the bytes as they are.</summary>
internal static class ClientFrame
{
    /// <summary>SignalR's handshake for its JSON protocol.</summary>
    public static byte[] Handshake { get; } = Text("""{"protocol":"json","version":1}""");

    /// <summary>SignalR's ping, which servers want to see within 30 s.</summary>
    public static byte[] Ping { get; } = Text("""{"type":6}""");

    /// <summary>One record of SignalR's JSON text.</summary>
    public static byte[] Text(string json) => Make(Opcode.Text, Encoding.UTF8.GetBytes(json + "\u001e"));

    public static byte[] Pong(ReadOnlySpan<byte> payload) => Make(Opcode.Pong, payload);

    private static byte[] Make(Opcode opcode, ReadOnlySpan<byte> payload)
    {
        const int MaskLength = 4;
        var lengthSize = payload.Length <= 125 ? 1 : 3;
        ArgumentOutOfRangeException.ThrowIfGreaterThan(payload.Length, ushort.MaxValue, nameof(payload));
        var frame = new byte[1 + lengthSize + MaskLength + payload.Length];
        frame[0] = (byte)(0x80 | (byte)opcode);
        if (lengthSize == 1)
        {
            frame[1] = (byte)(0x80 | payload.Length);
        }
        else
        {
            frame[1] = 0x80 | 126;
            BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(2), (ushort)payload.Length);
        }

        payload.CopyTo(frame.AsSpan(1 + lengthSize + MaskLength));
        return frame;
    }
}
