namespace Serverless.Bench.Load.Wire;

/// <summary>Splits SignalR's JSON text into records, which end with 0x1E and may lie across frames.</summary>
internal struct RecordReader
{
    private const byte Separator = 0x1E;
    private const int MaxRecord = 1 << 20;

    private byte[]? _begun;
    private int _begunLength;
    private bool _handedOut;

    /// <summary>Takes the next whole record from <paramref name="piece"/>; it is valid until the next call.</summary>
    public bool TryRead(ref ReadOnlySpan<byte> piece, out ReadOnlySpan<byte> record)
    {
        if (_handedOut)
        {
            _begunLength = 0;
            _handedOut = false;
        }

        var end = piece.IndexOf(Separator);
        if (end < 0)
        {
            Keep(piece);
            record = default;
            return false;
        }

        record = piece[..end];
        if (_begunLength > 0)
        {
            Keep(record);
            record = _begun.AsSpan(0, _begunLength);
            _handedOut = true;
        }

        piece = piece[(end + 1)..];
        return true;
    }

    private void Keep(ReadOnlySpan<byte> part)
    {
        if (part.IsEmpty)
        {
            return;
        }

        var length = _begunLength + part.Length;
        if (length > MaxRecord)
        {
            throw new InvalidDataException($"The server sent a record of more than {MaxRecord} bytes.");
        }

        if (_begun is null || _begun.Length < length)
        {
            Array.Resize(ref _begun, Math.Max(256, length * 2));
        }

        part.CopyTo(_begun.AsSpan(_begunLength));
        _begunLength = length;
    }
}
