using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using Serverless.Bench.Load.Measure;

namespace Serverless.Bench.Load.Wire;

/// <summary>One client. It is fed by the thread that opens it, then by the receiver's; any thread may send.</summary>
internal sealed class Connection(int index, Socket socket, SequenceCheck sequences, Receipts receipts) : IDisposable
{
    private const int SendPatienceMicroseconds = 5_000_000;

    private readonly Lock _sending = new();
    private FrameReader _frames;
    private RecordReader _records;
    private volatile bool _probed;
    private bool _closed;

    public int Index { get; } = index;

    public Socket Socket { get; } = socket;

    public SequenceCheck Sequences { get; } = sequences;

    /// <summary>What it publishes, or null for one that only receives.</summary>
    public Publisher? Publisher { get; set; }

    /// <summary>Whether the server accepted the handshake.</summary>
    public bool Accepted { get; private set; }

    /// <summary>Completions of invocations that no publisher made: of joining a group.</summary>
    public int Completions { get; private set; }

    /// <summary>Whether a probe came.</summary>
    public bool Probed => _probed;

    /// <summary>Why it ended, or null while it lives.</summary>
    public string? Ended { get; private set; }

    /// <summary>Takes what the server sent.</summary>
    /// <param name="chunk">Bytes as they came.</param>
    /// <param name="now">When they came, in Stopwatch ticks.</param>
    public void Feed(ReadOnlySpan<byte> chunk, long now)
    {
        while (_frames.TryRead(ref chunk, out var opcode, out var piece))
        {
            switch (opcode)
            {
                case Opcode.Continuation or Opcode.Text or Opcode.Binary:
                    while (_records.TryRead(ref piece, out var record))
                    {
                        Take(record, now);
                    }

                    break;
                case Opcode.Ping:
                    Send(ClientFrame.Pong(piece));
                    break;
                case Opcode.Close:
                    End("close frame: " + Encoding.UTF8.GetString(piece.Length > 2 ? piece[2..] : piece));
                    break;
            }
        }
    }

    /// <summary>Sends whole frames. Waits up to 5 s for a server that doesn't read.</summary>
    public void Send(ReadOnlySpan<byte> frames)
    {
        lock (_sending)
        {
            while (Ended is null && !frames.IsEmpty)
            {
                var sent = Socket.Send(frames, SocketFlags.None, out var error);
                if (error == SocketError.WouldBlock)
                {
                    if (!Socket.Poll(SendPatienceMicroseconds, SelectMode.SelectWrite))
                    {
                        End("the server doesn't read");
                    }
                }
                else if (error != SocketError.Success)
                {
                    End($"send: {error}");
                }

                frames = frames[sent..];
            }
        }
    }

    /// <summary>Marks it as ended; the first reason stays.</summary>
    public void End(string reason) => Ended ??= reason;

    public void Dispose()
    {
        lock (_sending)
        {
            if (_closed)
            {
                return;
            }

            _closed = true;
            End("the load program closed it");
            // a reset frees the port at once; with many runs the ports that wait would not suffice
            Socket.LingerState = new(true, 0);
            Socket.Dispose();
        }
    }

    private void Take(ReadOnlySpan<byte> record, long now)
    {
        if (Stamp.TryRead(record, out var stamp))
        {
            if (stamp.Sequence == 0)
            {
                _probed = true;
            }
            else
            {
                receipts.Delivered(Sequences.Check(stamp.Publisher, stamp.Sequence), stamp.Intended, now);
            }
        }
        else if (record.IndexOf("\"type\":3"u8) >= 0)
        {
            Complete(record, now);
        }
        else if (record.IndexOf("\"type\":7"u8) >= 0)
        {
            End(Encoding.UTF8.GetString(record));
        }
        else if (!Accepted)
        {
            Accept(record);
        }
    }

    private void Accept(ReadOnlySpan<byte> record)
    {
        if (record.IndexOf("\"error\""u8) >= 0)
        {
            End("handshake: " + Encoding.UTF8.GetString(record));
        }

        Accepted = true;
    }

    private void Complete(ReadOnlySpan<byte> record, long now)
    {
        if (record.IndexOf("\"error\":"u8) >= 0)
        {
            receipts.Refused(Encoding.UTF8.GetString(record));
        }

        if (Publisher is null || !Publisher.TryComplete(record, out var intended))
        {
            Completions++;
        }
        else
        {
            receipts.Acknowledged(intended, now);
        }
    }

    /// <summary>Now, as <see cref="Feed"/> wants it.</summary>
    public static long Now() => Stopwatch.GetTimestamp();
}
