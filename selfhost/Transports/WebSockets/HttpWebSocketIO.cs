using System.Net.WebSockets;
using Serverless.Connections;
using Serverless.FanOut;
using Serverless.SelfHost.Clients;

namespace Serverless.SelfHost.Transports.WebSockets;

/// <summary>A WebSocket that the framework accepted: over TLS, or over HTTP/2. While nothing comes it holds no buffer: it first waits for a byte, then reads.</summary>
internal sealed class HttpWebSocketIO(WebSocket socket, HttpContext context) : FramedIO
{
    private WebSocketMessageType _type = WebSocketMessageType.Text;
    private int _ended;

    public override string Transport => "WebSockets";

    public override void Use(HubProtocolKind protocol) =>
        _type = protocol == HubProtocolKind.Json ? WebSocketMessageType.Text : WebSocketMessageType.Binary;

    public override async ValueTask<bool> ReceiveAsync(ReceiveBuffer buffer, CancellationToken cancellationToken)
    {
        try
        {
            var waited = await socket.ReceiveAsync(Memory<byte>.Empty, cancellationToken);
            if (waited.MessageType == WebSocketMessageType.Close)
            {
                return await AnswerCloseAsync();
            }

            ValueWebSocketReceiveResult received;
            do
            {
                received = await socket.ReceiveAsync(buffer.GetRoom(), cancellationToken);
                if (received.MessageType == WebSocketMessageType.Close)
                {
                    return await AnswerCloseAsync();
                }

                buffer.Advance(received.Count);
            }
            while (received is { EndOfMessage: false, Count: 0 });
            return true;
        }
        catch (Exception broken) when (broken is WebSocketException or ObjectDisposedException or InvalidOperationException)
        {
            throw new IOException($"The WebSocket broke: {broken.Message}", broken);
        }
    }

    public override async ValueTask SendAsync(ReadOnlyMemory<byte> frames)
    {
        try
        {
            await socket.SendAsync(frames, _type, endOfMessage: true, CancellationToken.None);
        }
        catch (Exception broken) when (broken is WebSocketException or ObjectDisposedException or InvalidOperationException)
        {
            throw new IOException($"The WebSocket broke: {broken.Message}", broken);
        }
    }

    public override async ValueTask CloseAsync()
    {
        try
        {
            await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
        }
        catch (Exception broken) when (broken is WebSocketException or ObjectDisposedException or InvalidOperationException)
        {
            throw new IOException($"The WebSocket broke: {broken.Message}", broken);
        }
    }

    /// <summary>The request ends; its context may be another's afterwards.</summary>
    public override void Finish() => Volatile.Write(ref _ended, 1);

    public override void Abort()
    {
        if (Interlocked.Exchange(ref _ended, 1) == 0)
        {
            socket.Abort();
            context.Abort();
        }
    }

    private async ValueTask<bool> AnswerCloseAsync()
    {
        if (socket.State == WebSocketState.CloseReceived)
        {
            await CloseAsync();
        }

        return false;
    }
}
