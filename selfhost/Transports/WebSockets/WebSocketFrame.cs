using System.Buffers.Binary;
using System.Net.WebSockets;

namespace Serverless.SelfHost.Transports.WebSockets;

/// <summary>Frames that the node sends: whole and unmasked. RFC 6455, section 5.2.</summary>
internal static class WebSocketFrame
{
    /// <summary>The longest header of a frame that isn't masked.</summary>
    public const int MaxHeaderSize = 10;

    /// <summary>The longest payload of a ping, a pong and a close.</summary>
    public const int MaxControlPayload = 125;

    private const byte Final = 0x80;
    private const byte Length16 = 126;
    private const byte Length64 = 127;

    /// <summary>Writes the header of a frame that has all of a message.</summary>
    /// <param name="output">Has room for <see cref="MaxHeaderSize"/> bytes.</param>
    /// <param name="opcode">What the frame is.</param>
    /// <param name="length">Bytes of payload.</param>
    /// <returns>Its length.</returns>
    public static int WriteHeader(Span<byte> output, Opcode opcode, int length)
    {
        output[0] = (byte)(Final | (byte)opcode);
        switch (length)
        {
            case < Length16:
                output[1] = (byte)length;
                return 2;
            case <= ushort.MaxValue:
                output[1] = Length16;
                BinaryPrimitives.WriteUInt16BigEndian(output[2..], (ushort)length);
                return 4;
            default:
                output[1] = Length64;
                BinaryPrimitives.WriteUInt64BigEndian(output[2..], (ulong)length);
                return MaxHeaderSize;
        }
    }

    /// <summary>The payload of a close.</summary>
    public static byte[] ClosePayload(WebSocketCloseStatus status)
    {
        var payload = new byte[sizeof(ushort)];
        BinaryPrimitives.WriteUInt16BigEndian(payload, (ushort)status);
        return payload;
    }
}

/// <summary>What a frame is. RFC 6455, section 11.8.</summary>
internal enum Opcode : byte
{
    Continuation = 0,
    Text = 1,
    Binary = 2,
    Close = 8,
    Ping = 9,
    Pong = 10,
}
