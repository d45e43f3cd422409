using System.Net.Sockets;
using System.Net.WebSockets;
using Microsoft.AspNetCore.Connections;
using Serverless.Connections;
using Serverless.FanOut;
using Serverless.SelfHost.Clients;

namespace Serverless.SelfHost.Transports.WebSockets;

/// <summary>
/// A WebSocket taken at the listener: what comes is read from Kestrel's pipe, what goes is given to the socket itself, at once and without waiting; what doesn't fit into
/// the socket follows when there is room. Nothing is ever written to Kestrel's pipe: it would be overtaken. Decision 0004.
/// </summary>
internal sealed class DirectWebSocketIO : FramedIO
{
    /// <summary>Up to here a header and its payload are copied together, to go out in one call.</summary>
    private const int MaxCopied = 16 * 1024;

    [ThreadStatic]
    private static byte[]? _scratch;

    private readonly ConnectionContext _connection;
    private readonly Socket _socket;
    private readonly WebSocketReader _reader = new();
    private readonly Lock _lock = new();
    private Task _waiting = Task.CompletedTask;
    private Opcode _opcode = Opcode.Text;
    private bool _closed;

    /// <summary>Wraps a connection whose upgrade is agreed on; <see cref="SendRawAsync"/> says so to the client.</summary>
    public DirectWebSocketIO(ConnectionContext connection, Socket socket)
    {
        (_connection, _socket) = (connection, socket);
        socket.Blocking = false;
    }

    public override string Transport => "WebSockets";

    public override void Use(HubProtocolKind protocol) => _opcode = protocol == HubProtocolKind.Json ? Opcode.Text : Opcode.Binary;

    public override async ValueTask<bool> ReceiveAsync(ReceiveBuffer buffer, CancellationToken cancellationToken)
    {
        var input = _connection.Transport.Input;
        var before = buffer.Unread.Length;
        while (true)
        {
            var read = await input.ReadAsync(cancellationToken);
            var received = read.Buffer;
            try
            {
                var (found, control) = _reader.Read(ref received, buffer);
                for (; found == WebSocketReader.Found.Ping; (found, control) = _reader.Read(ref received, buffer))
                {
                    await SendAsync(Opcode.Pong, control);
                }

                if (found == WebSocketReader.Found.Close)
                {
                    await SendAsync(Opcode.Close, control.AsMemory(0, Math.Min(control.Length, sizeof(ushort))));
                    return false;
                }
            }
            catch (InvalidDataException violation)
            {
                await SendAsync(Opcode.Close, WebSocketFrame.ClosePayload(WebSocketCloseStatus.ProtocolError));
                throw new IOException($"The client breaks the WebSocket protocol: {violation.Message}", violation);
            }
            finally
            {
                input.AdvanceTo(received.Start, received.End);
            }

            if (buffer.Unread.Length > before)
            {
                return true;
            }

            if (read.IsCompleted)
            {
                throw new IOException("The client went without closing the WebSocket.");
            }
        }
    }

    public override ValueTask SendAsync(ReadOnlyMemory<byte> frames) => SendAsync(_opcode, frames);

    public override ValueTask CloseAsync() => SendAsync(Opcode.Close, WebSocketFrame.ClosePayload(WebSocketCloseStatus.NormalClosure));

    public override void Abort() => _connection.Abort();

    /// <summary>Sends bytes that are no frame: the answer to the upgrade.</summary>
    /// <exception cref="IOException">The connection broke.</exception>
    public ValueTask SendRawAsync(ReadOnlyMemory<byte> bytes)
    {
        lock (_lock)
        {
            return SendOrWait([], bytes);
        }
    }

    /// <summary>After a close nothing is sent: the client isn't listening any more.</summary>
    private ValueTask SendAsync(Opcode opcode, ReadOnlyMemory<byte> payload)
    {
        Span<byte> header = stackalloc byte[WebSocketFrame.MaxHeaderSize];
        header = header[..WebSocketFrame.WriteHeader(header, opcode, payload.Length)];
        lock (_lock)
        {
            if (_closed)
            {
                return ValueTask.CompletedTask;
            }

            _closed = opcode == Opcode.Close;
            return SendOrWait(header, payload);
        }
    }

    /// <summary>Sends now what fits into the socket, unless something waits already. At most two wait: one sender's, and the receiver's answer to a control frame.</summary>
    private ValueTask SendOrWait(ReadOnlySpan<byte> header, ReadOnlyMemory<byte> payload)
    {
        var sent = _waiting.IsCompletedSuccessfully ? Send(header, payload.Span) : 0;
        if (sent == header.Length + payload.Length)
        {
            return ValueTask.CompletedTask;
        }

        var restOfHeader = sent < header.Length ? header[sent..].ToArray() : [];
        _waiting = SendRestAsync(_waiting, restOfHeader, payload[Math.Max(0, sent - header.Length)..]);
        return new(_waiting);
    }

    /// <returns>How many bytes the socket took.</returns>
    private int Send(ReadOnlySpan<byte> header, ReadOnlySpan<byte> payload)
    {
        if (header.Length + payload.Length <= MaxCopied)
        {
            var scratch = (_scratch ??= new byte[MaxCopied]).AsSpan();
            header.CopyTo(scratch);
            payload.CopyTo(scratch[header.Length..]);
            return Send(scratch[..(header.Length + payload.Length)]);
        }

        var sent = Send(header);
        return sent == header.Length ? sent + Send(payload) : sent;
    }

    private int Send(ReadOnlySpan<byte> bytes)
    {
        try
        {
            var sent = _socket.Send(bytes, SocketFlags.None, out var fault);
            return fault switch
            {
                SocketError.Success => sent,
                SocketError.WouldBlock => 0,
                _ => throw Broken(new SocketException((int)fault)),
            };
        }
        catch (ObjectDisposedException ended)
        {
            throw Broken(ended);
        }
    }

    private async Task SendRestAsync(Task before, ReadOnlyMemory<byte> header, ReadOnlyMemory<byte> payload)
    {
        await before;
        try
        {
            await SendAllAsync(header);
            await SendAllAsync(payload);
        }
        catch (Exception ended) when (ended is SocketException or ObjectDisposedException)
        {
            throw Broken(ended);
        }
    }

    private async ValueTask SendAllAsync(ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[await _socket.SendAsync(bytes, SocketFlags.None)..];
        }
    }

    private static IOException Broken(Exception why) => new($"The WebSocket broke: {why.Message}", why);
}
