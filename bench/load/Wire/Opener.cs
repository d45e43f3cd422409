using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Serverless.Bench.Load.Measure;

namespace Serverless.Bench.Load.Wire;

/// <summary>Opens one connection as far as the protocol's handshake, on a blocking socket: such a socket never enters .NET's socket engine.</summary>
internal sealed class Opener(Negotiation negotiation, Receipts receipts)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Opens a connection that may then be watched.</summary>
    /// <exception cref="IOException">The server refused it.</exception>
    public Connection Open(int index, Uri url, string? group, SequenceCheck sequences, CancellationToken stop)
    {
        var address = negotiation.Negotiate(url, stop);
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            socket.SendTimeout = socket.ReceiveTimeout = (int)Patience.TotalMilliseconds;
            socket.Connect(new IPEndPoint(IPAddress.Loopback, address.Port));
            var connection = new Connection(index, socket, sequences, receipts);
            Upgrade(connection, address);
            connection.Send(ClientFrame.Handshake);
            ReceiveUntil(connection, () => connection.Accepted, "the handshake");
            if (group is not null)
            {
                connection.Send(ClientFrame.Text($$"""{"type":1,"invocationId":"join","target":"JoinGroup","arguments":["{{group}}"]}"""));
                ReceiveUntil(connection, () => connection.Completions > 0, "joining a group");
            }

            socket.Blocking = false;
            return connection;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static void Upgrade(Connection connection, Uri address)
    {
        var key = Convert.ToBase64String(RandomNumberGenerator.GetBytes(16));
        var request = $"GET {address.PathAndQuery} HTTP/1.1\r\nHost: {address.Authority}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
            $"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n";
        connection.Send(Encoding.ASCII.GetBytes(request));
        Span<byte> buffer = stackalloc byte[4096];
        var length = 0;
        int end;
        while ((end = buffer[..length].IndexOf("\r\n\r\n"u8)) < 0)
        {
            length += Receive(connection, buffer[length..], "the upgrade");
        }

        if (!buffer.StartsWith("HTTP/1.1 101"u8))
        {
            throw new IOException($"The server answered the upgrade with: {Encoding.UTF8.GetString(buffer[..length])}");
        }

        connection.Feed(buffer[(end + 4)..length], Connection.Now());
    }

    private static void ReceiveUntil(Connection connection, Func<bool> reached, string what)
    {
        Span<byte> buffer = stackalloc byte[4096];
        while (!reached())
        {
            var length = Receive(connection, buffer, what);
            connection.Feed(buffer[..length], Connection.Now());
            if (connection.Ended is { } reason)
            {
                throw new IOException($"The server ended connection {connection.Index} during {what}: {reason}");
            }
        }
    }

    private static int Receive(Connection connection, Span<byte> buffer, string what)
    {
        var length = connection.Socket.Receive(buffer, SocketFlags.None, out var error);
        return length > 0 ? length : throw new IOException($"Connection {connection.Index} ended during {what}: {error}.");
    }
}
