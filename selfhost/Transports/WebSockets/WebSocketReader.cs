using System.Buffers;
using System.Buffers.Binary;
using Serverless.Connections;

namespace Serverless.SelfHost.Transports.WebSockets;

/// <summary>Takes the frames that a client sends apart: payloads of messages go to a buffer as they come, whole frame or not. Where messages begin and end, and whether
/// they are text, doesn't matter to hub protocols, which delimit their own. RFC 6455, section 5. Not thread-safe.</summary>
internal sealed class WebSocketReader
{
    private const byte FinalBit = 0x80;
    private const byte ReservedBits = 0x70;
    private const byte OpcodeBits = 0x0F;
    private const byte MaskBit = 0x80;
    private const byte LengthBits = 0x7F;
    private const int MaskSize = 4;

    private long _left;
    private uint _mask;
    private bool _inMessage;

    /// <summary>What <see cref="Read"/> met.</summary>
    internal enum Found
    {
        /// <summary>Payload, or nothing; all that came is used, except for the beginning of a header or of a control frame.</summary>
        Data,

        /// <summary>A ping: there may be more behind it.</summary>
        Ping,

        /// <summary>The end.</summary>
        Close,
    }

    /// <summary>Reads on, up to a control frame that needs an answer.</summary>
    /// <param name="received">What came; bytes that were used are cut off.</param>
    /// <param name="buffer">Takes payloads of messages.</param>
    /// <returns>What was met; with a ping or a close, its payload.</returns>
    /// <exception cref="InvalidDataException">The client breaks the protocol.</exception>
    public (Found Found, byte[] Control) Read(ref ReadOnlySequence<byte> received, ReceiveBuffer buffer)
    {
        while (true)
        {
            TakePayload(ref received, buffer);
            if (_left > 0 || !TryReadHeader(received, out var header))
            {
                return (Found.Data, []);
            }

            if (!header.IsControl)
            {
                received = received.Slice(header.Size);
                (_left, _mask, _inMessage) = (header.Length, header.Mask, !header.IsFinal);
                continue;
            }

            if (received.Length < header.Size + header.Length)
            {
                return (Found.Data, []);
            }

            var control = received.Slice(header.Size, header.Length).ToArray();
            received = received.Slice(header.Size + header.Length);
            Unmask(control, header.Mask);
            switch (header.Opcode)
            {
                case Opcode.Ping:
                    return (Found.Ping, control);
                case Opcode.Close:
                    return control.Length != 1 ? (Found.Close, control) : throw new InvalidDataException("The status of a close is two bytes.");
            }
        }
    }

    private void TakePayload(ref ReadOnlySequence<byte> received, ReceiveBuffer buffer)
    {
        while (_left > 0 && !received.IsEmpty)
        {
            var piece = received.FirstSpan;
            piece = piece[..(int)Math.Min(piece.Length, _left)];
            var room = buffer.GetRoom().Span;
            piece = piece[..Math.Min(piece.Length, room.Length)];
            piece.CopyTo(room);
            _mask = Unmask(room[..piece.Length], _mask);
            buffer.Advance(piece.Length);
            _left -= piece.Length;
            received = received.Slice(piece.Length);
        }
    }

    private bool TryReadHeader(ReadOnlySequence<byte> received, out Header header)
    {
        const int longest = WebSocketFrame.MaxHeaderSize + MaskSize;
        header = default;
        Span<byte> bytes = stackalloc byte[longest];
        var available = (int)Math.Min(longest, received.Length);
        bytes = bytes[..available];
        received.Slice(0, available).CopyTo(bytes);
        if (available < 2)
        {
            return false;
        }

        var size = MaskSize + ((bytes[1] & LengthBits) switch { 126 => 4, 127 => 10, _ => 2 });
        Check(bytes[0], bytes[1]);
        if (available < size)
        {
            return false;
        }

        var length = (bytes[1] & LengthBits) switch
        {
            126 => BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]),
            127 => BinaryPrimitives.ReadInt64BigEndian(bytes[2..]),
            var small => small,
        };
        if (length < 0)
        {
            throw new InvalidDataException("A frame's length has its highest bit set.");
        }

        header = new(OpcodeOf(bytes[0]), (bytes[0] & FinalBit) != 0, size, length, BinaryPrimitives.ReadUInt32LittleEndian(bytes[(size - MaskSize)..]));
        return true;
    }

    private void Check(byte first, byte second)
    {
        var opcode = OpcodeOf(first);
        var isControl = opcode >= Opcode.Close;
        var fault = (first & ReservedBits) != 0 ? "A frame has reserved bits set."
            : !Enum.IsDefined(opcode) ? $"A frame has the unknown opcode {(int)opcode}."
            : (second & MaskBit) == 0 ? "A frame isn't masked."
            : isControl && ((first & FinalBit) == 0 || (second & LengthBits) > WebSocketFrame.MaxControlPayload) ? "A control frame is too long or isn't whole."
            : !isControl && _inMessage != (opcode == Opcode.Continuation) ? "A message begins in another, or goes on where none is."
            : null;
        if (fault is not null)
        {
            throw new InvalidDataException(fault);
        }
    }

    private static Opcode OpcodeOf(byte first) => (Opcode)(first & OpcodeBits);

    /// <returns>The mask for what follows.</returns>
    private static uint Unmask(Span<byte> bytes, uint mask)
    {
        for (; bytes.Length >= MaskSize; bytes = bytes[MaskSize..])
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes, BinaryPrimitives.ReadUInt32LittleEndian(bytes) ^ mask);
        }

        foreach (ref var last in bytes)
        {
            last ^= (byte)mask;
            mask = uint.RotateRight(mask, 8);
        }

        return mask;
    }

    private readonly record struct Header(Opcode Opcode, bool IsFinal, int Size, long Length, uint Mask)
    {
        public bool IsControl => Opcode >= Opcode.Close;
    }
}
