using System.Buffers;

namespace Serverless.Connections;

/// <summary>
/// The frames that wait for one client. Frames are references to shared buffers; all that waits goes out in one write, and never two writes at once.
/// Bounded by bytes: a frame that doesn't fit to those that wait isn't queued and the outbox is over; a single one always fits. Thread-safe.
/// </summary>
internal sealed class Outbox(ConnectionIO io, int maxBytes)
{
    private readonly Lock _lock = new();
    private State _state = State.Held;
    private ReadOnlyMemory<byte> _first;
    private List<ReadOnlyMemory<byte>>? _more;
    private int _bytes;
    private bool _closeAfterwards;

    private enum State
    {
        /// <summary>Frames wait until <see cref="Release"/>.</summary>
        Held,
        Idle,
        Writing,

        /// <summary>Takes nothing more.</summary>
        Over,
    }

    /// <summary>Queues a frame; it goes out with the next <see cref="Flush"/>.</summary>
    /// <returns>Whether it was taken; see <see cref="Outcome"/>.</returns>
    public Outcome Enqueue(ReadOnlyMemory<byte> frame)
    {
        lock (_lock)
        {
            if (_state == State.Over || _closeAfterwards)
            {
                return Outcome.Over;
            }

            if (_bytes > 0 && _bytes + frame.Length > maxBytes)
            {
                Forget();
                return Outcome.Full;
            }

            Add(frame);
            return Outcome.Queued;
        }
    }

    /// <summary>Queues a frame that may be lost, when nothing else waits or is on its way.</summary>
    /// <param name="frame">The frame.</param>
    /// <param name="isFirst">False when what waits is such frames of the same batch.</param>
    public bool EnqueueVolatile(ReadOnlyMemory<byte> frame, bool isFirst)
    {
        lock (_lock)
        {
            if (_state != State.Idle || _closeAfterwards || (isFirst && _bytes > 0) || _bytes + frame.Length > maxBytes)
            {
                return false;
            }

            Add(frame);
            return true;
        }
    }

    /// <summary>Lets queued frames go out, the given one before all others.</summary>
    public void Release(ReadOnlyMemory<byte> before)
    {
        lock (_lock)
        {
            if (_state != State.Held)
            {
                return;
            }

            _state = State.Idle;
            if (_bytes > 0)
            {
                (_more ??= []).Insert(0, _first);
            }

            _first = before;
            _bytes += before.Length;
        }

        Flush();
    }

    /// <summary>Takes one last frame; when all that waits is sent, closes the transport. Before <see cref="Release"/> it waits too: the first frame is first.</summary>
    public void Complete(ReadOnlyMemory<byte> last)
    {
        lock (_lock)
        {
            if (_state == State.Over || _closeAfterwards)
            {
                return;
            }

            _closeAfterwards = true;
            Add(last);
        }

        Flush();
    }

    /// <summary>Drops what waits and takes nothing more.</summary>
    public void End()
    {
        lock (_lock)
        {
            Forget();
        }
    }

    /// <summary>Sends what waits, unless a write is under way: then that one goes on with it. Returns at the first write that has to wait.</summary>
    public void Flush()
    {
        while (TryTake(out var frames, out var rented))
        {
            ValueTask write;
            try
            {
                write = io.SendAsync(frames);
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                Broke(rented);
                return;
            }

            if (!write.IsCompletedSuccessfully)
            {
                _ = FinishAsync(write, rented);
                return;
            }

            write.GetAwaiter().GetResult();
            Sent(rented);
        }

        CloseIfComplete();
    }

    private async Task FinishAsync(ValueTask write, byte[]? rented)
    {
        try
        {
            await write;
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            Broke(rented);
            return;
        }

        Sent(rented);
        Flush();
    }

    private bool TryTake(out ReadOnlyMemory<byte> frames, out byte[]? rented)
    {
        lock (_lock)
        {
            (frames, rented) = (default, null);
            if (_state != State.Idle || _bytes == 0)
            {
                return false;
            }

            _state = State.Writing;
            if (_more is null || _more.Count == 0)
            {
                frames = _first;
            }
            else
            {
                rented = ArrayPool<byte>.Shared.Rent(_bytes);
                _first.CopyTo(rented);
                var length = _first.Length;
                foreach (var frame in _more)
                {
                    frame.CopyTo(rented.AsMemory(length));
                    length += frame.Length;
                }

                frames = rented.AsMemory(0, length);
            }

            Clear();
            return true;
        }
    }

    private void Sent(byte[]? rented)
    {
        Return(rented);
        lock (_lock)
        {
            if (_state == State.Writing)
            {
                _state = State.Idle;
            }
        }
    }

    /// <summary>The transport broke, by whatever exception (it must not reach the sender, who has other clients): its reader meets the same and ends the connection.</summary>
    private void Broke(byte[]? rented)
    {
        Return(rented);
        End();
        io.Abort();
    }

    private void CloseIfComplete()
    {
        lock (_lock)
        {
            if (!_closeAfterwards || _state != State.Idle || _bytes > 0)
            {
                return;
            }

            _state = State.Over;
        }

        _ = CloseAsync();
    }

    private async Task CloseAsync()
    {
        try
        {
            await io.CloseAsync();
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            io.Abort();
        }
    }

    private void Add(ReadOnlyMemory<byte> frame)
    {
        if (_bytes == 0)
        {
            _first = frame;
        }
        else
        {
            (_more ??= []).Add(frame);
        }

        _bytes += frame.Length;
    }

    private void Forget()
    {
        _state = State.Over;
        Clear();
    }

    private void Clear() => (_first, _more, _bytes) = (default, null, 0);

    private static void Return(byte[]? rented)
    {
        if (rented is not null)
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }
}

/// <summary>What became of a frame given to an <see cref="Outbox"/>.</summary>
internal enum Outcome
{
    /// <summary>It waits to be sent.</summary>
    Queued,

    /// <summary>It isn't sent, since the connection is over.</summary>
    Over,

    /// <summary>The client is too slow: the frame didn't fit and the outbox is over.</summary>
    Full,
}
