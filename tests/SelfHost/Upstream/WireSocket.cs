using System.Net.WebSockets;
using System.Text;
using Serverless.Tests.Core;
using Serverless.Tests.SelfHost.Transports;
using Xunit;

namespace Serverless.Tests.SelfHost.Upstream;

/// <summary>A client that sends the bytes that it is told to.</summary>
internal sealed class WireSocket : IDisposable
{
    private readonly ClientWebSocket _socket = new();
    private readonly WebSocketMessageType _type;

    private WireSocket(WebSocketMessageType type) => _type = type;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>Connects and does the handshake.</summary>
    public static async Task<WireSocket> OpenAsync(Node node, string protocol = "json", string query = "")
    {
        var client = new WireSocket(protocol == "json" ? WebSocketMessageType.Text : WebSocketMessageType.Binary);
        await client._socket.ConnectAsync(new Uri($"ws://{node.Address.Authority}/client/?hub=chat{query}&access_token={UpstreamNode.Token()}"), Stop);
        await client.SendAsync(Encoding.UTF8.GetBytes($$"""{"protocol":"{{protocol}}","version":1}""" + "\u001e"));
        WireClient.AssertShaken(Encoding.UTF8.GetString(await client.ReceiveAsync()));
        return client;
    }

    public Task SendAsync(byte[] bytes) => _socket.SendAsync(bytes, _type, endOfMessage: true, Stop);

    /// <summary>Sends a message of JSON, with its end.</summary>
    public Task SendAsync(string json) => SendAsync(Encoding.UTF8.GetBytes($"{json}\u001e"));

    /// <summary>The next message of the WebSocket; empty: the node closed it.</summary>
    public async Task<byte[]> ReceiveAsync()
    {
        var message = new MemoryStream();
        var buffer = new byte[64 * 1024];
        WebSocketReceiveResult received;
        do
        {
            received = await _socket.ReceiveAsync(buffer, Stop).In();
            message.Write(buffer, 0, received.Count);
        }
        while (!received.EndOfMessage);
        return message.ToArray();
    }

    /// <summary>Ends the WebSocket in order, without SignalR's own Close.</summary>
    public Task CloseAsync() => _socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, Stop).In();

    /// <summary>Goes without a word.</summary>
    public void Abort() => _socket.Abort();

    public void Dispose() => _socket.Dispose();
}
