using System.Buffers;

namespace Serverless.Connections;

/// <summary>The bytes that a client sent and that aren't understood yet, in one piece. Rents its array when bytes come and returns it when none are left, so
/// that an idle connection owns none. Not thread-safe; dispose it to return the array.</summary>
public sealed class ReceiveBuffer : IDisposable
{
    private const int MinimumRoom = 512;
    private const int FirstSize = 4096;

    private byte[] _array = [];
    private int _start;
    private int _end;

    /// <summary>The bytes, valid until the next call that changes the buffer.</summary>
    public ReadOnlyMemory<byte> Unread => _array.AsMemory(_start, _end - _start);

    /// <summary>Room behind the unread bytes, at least 512 bytes; follow it by <see cref="Advance"/>.</summary>
    public Memory<byte> GetRoom()
    {
        if (_array.Length - _end < MinimumRoom)
        {
            Grow(MinimumRoom);
        }

        return _array.AsMemory(_end);
    }

    /// <summary>Says that bytes were written into the room.</summary>
    public void Advance(int count)
    {
        _end += count;
        ReleaseIfEmpty();
    }

    /// <summary>Appends a copy of bytes.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        if (_array.Length - _end < bytes.Length)
        {
            Grow(bytes.Length);
        }

        bytes.CopyTo(_array.AsSpan(_end));
        Advance(bytes.Length);
    }

    /// <summary>Gives up bytes at the front.</summary>
    public void Consume(int count)
    {
        _start += count;
        ReleaseIfEmpty();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _start = _end;
        ReleaseIfEmpty();
    }

    private void Grow(int room)
    {
        var unread = _end - _start;
        var array = ArrayPool<byte>.Shared.Rent(Math.Max(FirstSize, (unread * 2) + room));
        _array.AsSpan(_start, unread).CopyTo(array);
        Return();
        (_array, _start, _end) = (array, 0, unread);
    }

    private void ReleaseIfEmpty()
    {
        if (_start == _end)
        {
            Return();
            (_array, _start, _end) = ([], 0, 0);
        }
    }

    private void Return()
    {
        if (_array.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_array);
        }
    }
}
