namespace Serverless.Bench.Load.Wire;

/// <summary>Makes the invocations of one publisher from a template, without allocating, and counts which of them the server completed.</summary>
internal sealed class Publisher
{
    /// <summary>How many invocations may be under way; a slot of the ring is overwritten after so many.</summary>
    public const int MaxUnderWay = 65_536;

    private const int IdLength = 8;
    private const string IdLead = "\"invocationId\":\"";
    private static readonly byte[] IdLeadBytes = System.Text.Encoding.UTF8.GetBytes(IdLead);

    private readonly Connection _connection;
    private readonly int _index;
    private readonly byte[] _frame;
    private readonly int _idAt;
    private readonly int _stampAt;
    private readonly long[] _intended = new long[MaxUnderWay];
    private long _sent;
    private long _completed;

    /// <param name="connection">Sends and gets the completions.</param>
    /// <param name="index">The publisher's index.</param>
    /// <param name="group">The group to send to, or null for a broadcast.</param>
    /// <param name="size">Bytes of the message on its way to a client; see <see cref="MessageSize"/>.</param>
    public Publisher(Connection connection, int index, string? group, MessageSize size)
    {
        _connection = connection;
        _index = index;
        var id = new string('a', IdLength);
        var payload = "~" + new string('a', Stamp.Length - 1) + new string('x', size.Padding);
        var arguments = group is null ? $"\"{MessageSize.Target}\",\"{payload}\"" : $"\"{group}\",\"{MessageSize.Target}\",\"{payload}\"";
        var method = group is null ? "Broadcast" : "SendToGroup";
        _frame = ClientFrame.Text($"{{\"type\":1,{IdLead}{id}\",\"target\":\"{method}\",\"arguments\":[{arguments}]}}");
        _idAt = _frame.AsSpan().IndexOf(IdLeadBytes) + IdLead.Length;
        _stampAt = _frame.AsSpan().IndexOf((byte)'~');
    }

    public long Sent => Volatile.Read(ref _sent);

    public long Completed => Volatile.Read(ref _completed);

    public int FrameLength => _frame.Length;

    /// <summary>Sends one message. One thread at a time.</summary>
    public void Publish(long intended)
    {
        Write(_frame, intended);
        _connection.Send(_frame);
    }

    /// <summary>Sends a message that isn't counted.</summary>
    public void Probe()
    {
        Stamp.Write(_frame.AsSpan(_idAt, IdLength), 0);
        new Stamp(_index, 0, 0).Write(_frame.AsSpan(_stampAt));
        _connection.Send(_frame);
    }

    /// <summary>Sends several messages with one call.</summary>
    public void Publish(int count, long intended, byte[] buffer)
    {
        var length = 0;
        for (var i = 0; i < count; i++)
        {
            Write(_frame, intended);
            _frame.CopyTo(buffer.AsSpan(length));
            length += _frame.Length;
        }

        _connection.Send(buffer.AsSpan(0, length));
    }

    /// <summary>Takes a completion, and tells when its message was due.</summary>
    /// <returns>False when it was a probe.</returns>
    public bool TryComplete(ReadOnlySpan<byte> record, out long intended)
    {
        var at = record.IndexOf(IdLeadBytes) + IdLeadBytes.Length;
        intended = 0;
        if (at < IdLeadBytes.Length || record.Length < at + IdLength)
        {
            return false;
        }

        var sequence = Stamp.Read(record.Slice(at, IdLength));
        if (sequence > 0)
        {
            intended = Volatile.Read(ref _intended[sequence % MaxUnderWay]);
            _completed++;
        }

        return sequence > 0;
    }

    private void Write(Span<byte> frame, long intended)
    {
        var sequence = _sent + 1;
        Stamp.Write(frame.Slice(_idAt, IdLength), sequence);
        new Stamp(_index, sequence, intended).Write(frame[_stampAt..]);
        Volatile.Write(ref _intended[sequence % MaxUnderWay], intended);
        Volatile.Write(ref _sent, sequence);
    }
}
