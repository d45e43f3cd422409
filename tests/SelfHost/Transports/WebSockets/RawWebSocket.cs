using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using Serverless.Tests.Fixtures;
using Serverless.Tests.SelfHost.Security;
using Xunit;

namespace Serverless.Tests.SelfHost.Transports.WebSockets;

/// <summary>A WebSocket client at the level of bytes.</summary>
internal sealed class RawWebSocket : IDisposable
{
    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly Queue<string> _messages = [];
    private readonly List<byte> _unread = [];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>A request that a node admits.</summary>
    public static string Request(string hub = "chat", string extra = "", string? user = null) =>
        RequestOf($"hub={hub}&access_token={Token(hub, user)}", extra);

    /// <summary>A request for a WebSocket.</summary>
    public static string RequestOf(string query, string extra = "") =>
        $"GET /client/?{query} HTTP/1.1\r\nHost: localhost\r\nConnection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n" +
        $"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{extra}\r\n";

    /// <summary>An access token for a hub.</summary>
    public static string Token(string hub, string? user = null) =>
        Jwt.Sign(
            """{"alg":"HS256","typ":"JWT"}""",
            $$"""{"aud":"http://localhost/client/?hub={{hub}}","exp":4102444800{{(user is null ? "" : $",\"nameid\":\"{user}\"")}}}""",
            NodeProcess.Key);

    /// <summary>Connects, without a word.</summary>
    /// <param name="address">The node.</param>
    /// <param name="receiveBuffer">Bytes that the kernel may hold unread; 0 = as it comes.</param>
    public static async Task<RawWebSocket> ConnectAsync(Uri address, int receiveBuffer = 0)
    {
        var client = new RawWebSocket();
        if (receiveBuffer > 0)
        {
            client._socket.ReceiveBufferSize = receiveBuffer;
        }

        await client._socket.ConnectAsync(address.Host, address.Port, Stop);
        return client;
    }

    /// <summary>Connects, upgrades and does the handshake of the JSON protocol.</summary>
    public static async Task<RawWebSocket> OpenAsync(Uri address, int receiveBuffer = 0, string hub = "chat", string? user = null)
    {
        var client = await ConnectAsync(address, receiveBuffer);
        await client.SendAsync(Request(hub, user: user));
        Assert.StartsWith("HTTP/1.1 101 ", await client.HeadAsync(), StringComparison.Ordinal);
        await client.SendTextAsync("""{"protocol":"json","version":1}""");
        WireClient.AssertShaken((await client.FrameAsync()).Text);
        return client;
    }

    public Task SendAsync(string text) => SendAsync(Encoding.ASCII.GetBytes(text));

    public async Task SendAsync(byte[] bytes)
    {
        while (bytes.Length > 0)
        {
            bytes = bytes[await _socket.SendAsync(bytes, SocketFlags.None, Stop)..];
        }
    }

    /// <summary>Sends one message of the JSON protocol.</summary>
    public Task SendTextAsync(string message) => SendAsync(Text(message));

    public static byte[] Text(string message) => ClientFrames.Make(ClientFrames.Text, Encoding.UTF8.GetBytes($"{message}\u001e"));

    /// <summary>Receives up to the end of the head of an answer.</summary>
    public async Task<string> HeadAsync()
    {
        int end;
        while ((end = Unread.IndexOf("\r\n\r\n"u8)) < 0)
        {
            Assert.True(await ReceiveAsync(), $"The node ended it after: {Encoding.Latin1.GetString(Unread)}");
        }

        return Encoding.ASCII.GetString(Take(end + 4));
    }

    /// <summary>Receives one frame.</summary>
    public async Task<(int Opcode, byte[] Payload, string Text)> FrameAsync()
    {
        await NeedAsync(2);
        Assert.Equal(0x80, _unread[0] & 0xF0);
        var (header, length) = (2, (long)_unread[1]);
        if (length >= 126)
        {
            header = length == 126 ? 4 : 10;
            await NeedAsync(header);
            length = Unread[2..header].ToArray().Aggregate(0L, (sum, next) => (sum << 8) | next);
        }

        await NeedAsync(header + (int)length);
        var opcode = _unread[0] & 0x0F;
        Take(header);
        var payload = Take((int)length);
        return (opcode, payload, Encoding.UTF8.GetString(payload));
    }

    /// <summary>Receives one message of the JSON protocol; several may share a frame.</summary>
    public async Task<string> MessageAsync()
    {
        while (_messages.Count == 0)
        {
            foreach (var message in (await FrameAsync()).Text.Split('\u001e', StringSplitOptions.RemoveEmptyEntries))
            {
                _messages.Enqueue(message);
            }
        }

        return _messages.Dequeue();
    }

    /// <returns>Whether the node has ended its side, with nothing more to read.</returns>
    public async Task<bool> IsAtEndAsync() => _unread.Count == 0 && !await ReceiveAsync();

    public void Dispose() => _socket.Dispose();

    private Span<byte> Unread => CollectionsMarshal.AsSpan(_unread);

    private async Task NeedAsync(int count)
    {
        while (_unread.Count < count)
        {
            Assert.True(await ReceiveAsync(), "The node ended the connection within a frame.");
        }
    }

    private async Task<bool> ReceiveAsync()
    {
        using var guard = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        guard.CancelAfter(TimeSpan.FromSeconds(30));
        var buffer = new byte[64 * 1024];
        var count = await _socket.ReceiveAsync(buffer, guard.Token);
        _unread.AddRange(buffer.AsSpan(0, count));
        return count > 0;
    }

    private byte[] Take(int count)
    {
        var taken = Unread[..count].ToArray();
        _unread.RemoveRange(0, count);
        return taken;
    }
}
