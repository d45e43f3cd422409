using System.Net;
using Serverless.Tests.SelfHost.Transports.WebSockets;
using Xunit;
using HttpTransportType = Microsoft.AspNetCore.Http.Connections.HttpTransportType;

namespace Serverless.Tests.SelfHost.Transports;

/// <summary>An open connection of the JSON protocol over any transport, frame by frame.</summary>
internal sealed class WireConnection : IDisposable
{
    private readonly Queue<string> _frames = [];
    private readonly WireClient _client;
    private readonly RawWebSocket? _socket;
    private readonly StreamReader? _events;

    private WireConnection(WireClient client, RawWebSocket? socket, StreamReader? events) => (_client, _socket, _events) = (client, socket, events);

    public static TheoryData<HttpTransportType> Transports => [HttpTransportType.WebSockets, HttpTransportType.ServerSentEvents, HttpTransportType.LongPolling];

    /// <summary>Negotiates, connects and shakes hands.</summary>
    public static async Task<WireConnection> OpenAsync(Uri node, HttpTransportType transport)
    {
        var client = new WireClient(node, WireClient.Token());
        await client.NegotiateAsync();
        switch (transport)
        {
            case HttpTransportType.WebSockets:
                return new(client, await client.OpenWebSocketAsync(), null);
            case HttpTransportType.ServerSentEvents:
                return new(client, null, await client.OpenEventsAsync());
            default:
                await client.OpenPollingAsync();
                return new(client, null, null);
        }
    }

    /// <summary>The client, to make more requests with the same tokens.</summary>
    public WireClient Client => _client;

    /// <summary>Sends one message.</summary>
    public async Task<HttpStatusCode> SendAsync(string message)
    {
        if (_socket is not null)
        {
            await _socket.SendTextAsync(message);
            return HttpStatusCode.OK;
        }

        using var answer = await _client.PostAsync($"{message}\u001e");
        return answer.StatusCode;
    }

    /// <summary>Ends the client's side of a WebSocket.</summary>
    public Task CloseSocketAsync() => _socket!.SendAsync(ClientFrames.Make(ClientFrames.Close, [0x03, 0xE8]));

    /// <returns>The next message, without its end; null once the node has closed the transport.</returns>
    public async Task<string?> NextAsync()
    {
        while (_frames.Count == 0)
        {
            if (await ReceiveAsync() is not { } text)
            {
                return null;
            }

            foreach (var frame in text.Split('\u001e', StringSplitOptions.RemoveEmptyEntries))
            {
                _frames.Enqueue(frame);
            }
        }

        return _frames.Dequeue();
    }

    public void Dispose()
    {
        _socket?.Dispose();
        _events?.Dispose();
    }

    private async Task<string?> ReceiveAsync()
    {
        if (_socket is not null)
        {
            var (opcode, _, text) = await _socket.FrameAsync();
            return opcode == ClientFrames.Close ? null : text;
        }

        if (_events is not null)
        {
            return await WireClient.NextAsync(_events);
        }

        using var poll = await _client.PollAsync();
        return poll.StatusCode switch
        {
            HttpStatusCode.OK => await poll.Content.ReadAsStringAsync(TestContext.Current.CancellationToken),
            HttpStatusCode.NoContent => null,
            var other => throw new InvalidOperationException($"The poll was answered with {other}."),
        };
    }
}
