using System.Buffers.Binary;

namespace Serverless.Bench.Load.Wire;

/// <summary>Takes WebSocket frames apart as their bytes come. Data frames are handed on in pieces, control frames whole.</summary>
internal struct FrameReader
{
    private const int MaxControlPayload = 125;

    private HeaderBytes _header;
    private int _headerLength;
    private long _left;
    private bool _inFrame;
    private byte[]? _control;
    private int _controlLength;
    private Opcode _opcode;

    /// <summary>Takes the next piece from <paramref name="chunk"/>.</summary>
    /// <returns>False when the chunk is used up.</returns>
    /// <exception cref="InvalidDataException">A server's frame is masked, or a control frame too long.</exception>
    public bool TryRead(ref ReadOnlySpan<byte> chunk, out Opcode opcode, out ReadOnlySpan<byte> piece)
    {
        piece = default;
        opcode = default;
        if (!_inFrame && !TryReadHeader(ref chunk))
        {
            return false;
        }

        opcode = _opcode;
        if (_opcode >= Opcode.Close)
        {
            return TryReadControl(ref chunk, out piece);
        }

        if (chunk.IsEmpty && _left > 0)
        {
            return false;
        }

        var take = (int)Math.Min(_left, chunk.Length);
        piece = chunk[..take];
        chunk = chunk[take..];
        _left -= take;
        _inFrame = _left > 0;
        return true;
    }

    private bool TryReadControl(ref ReadOnlySpan<byte> chunk, out ReadOnlySpan<byte> piece)
    {
        _control ??= new byte[MaxControlPayload];
        var take = (int)Math.Min(_left, chunk.Length);
        chunk[..take].CopyTo(_control.AsSpan(_controlLength));
        chunk = chunk[take..];
        _controlLength += take;
        _left -= take;
        piece = _control.AsSpan(0, _controlLength);
        if (_left > 0)
        {
            return false;
        }

        _inFrame = false;
        _controlLength = 0;
        return true;
    }

    private bool TryReadHeader(ref ReadOnlySpan<byte> chunk)
    {
        Span<byte> header = _header;
        while (_headerLength < 2 || _headerLength < HeaderSize(header[1]))
        {
            if (chunk.IsEmpty)
            {
                return false;
            }

            header[_headerLength++] = chunk[0];
            chunk = chunk[1..];
        }

        _headerLength = 0;
        _opcode = (Opcode)(header[0] & 0x0F);
        _left = (header[1] & 0x7F) switch
        {
            126 => BinaryPrimitives.ReadUInt16BigEndian(header[2..]),
            127 => BinaryPrimitives.ReadInt64BigEndian(header[2..]),
            var length => length,
        };
        if ((header[1] & 0x80) != 0 || (_opcode >= Opcode.Close && _left > MaxControlPayload))
        {
            throw new InvalidDataException("The server sent a frame that RFC 6455 forbids.");
        }

        _inFrame = true;
        return true;
    }

    private static int HeaderSize(byte second) => (second & 0x7F) switch { 126 => 4, 127 => 10, _ => 2 };

    [System.Runtime.CompilerServices.InlineArray(10)]
    private struct HeaderBytes
    {
        private byte _first;
    }
}

/// <summary>WebSocket's frame types; control frames from <see cref="Close"/> on.</summary>
internal enum Opcode : byte
{
    Continuation = 0,
    Text = 1,
    Binary = 2,
    Close = 8,
    Ping = 9,
    Pong = 10,
}
