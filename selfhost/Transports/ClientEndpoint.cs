using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;
using Serverless.Connections;
using Serverless.SelfHost.Clients;
using Serverless.SelfHost.Peers;
using Serverless.SelfHost.Transports.WebSockets;
using HttpTransportType = Microsoft.AspNetCore.Http.Connections.HttpTransportType;

namespace Serverless.SelfHost.Transports;

/// <summary>
/// <c>/client</c> as Azure SignalR serves it: the second negotiate, WebSockets, server-sent events and long polling. A WebSocket may come to any node; the other two
/// belong to the node that negotiated, and are passed on to it.
/// </summary>
internal sealed class ClientEndpoint(
    ClientAdmission admission,
    NodeAddress address,
    NodeConnections connections,
    HubClient client,
    HttpClients httpClients,
    PeerForwarder peers,
    IOptions<ConnectionOptions> options,
    TimeProvider time)
{
    /// <summary><c>POST /client/negotiate</c></summary>
    public async Task NegotiateAsync(HttpContext context)
    {
        if (!admission.TryRead(context.Request, out var request, out var refusal))
        {
            await refusal.AnswerAsync(context);
            return;
        }

        if (admission.Elsewhere(request) is { } shard)
        {
            await context.Response.WriteAsJsonAsync(admission.Redirect(context.Request, request, shard), TransportJson.Default.NegotiateRedirect);
            return;
        }

        if (!admission.HasRoom(out refusal))
        {
            await refusal.AnswerAsync(context);
            return;
        }

        var (id, token) = admission.NewConnection(request);
        var offered = AvailableTransport.Offered(request.Claims.Service.Transports);
        var response = int.TryParse(context.Request.Query["negotiateVersion"], out var version) && version > 0
            ? new NegotiateResponse(1, id.Value, token, offered)
            : new NegotiateResponse(0, token, null, offered);
        await context.Response.WriteAsJsonAsync(response, TransportJson.Default.NegotiateResponse);
    }

    /// <summary><c>GET</c>, <c>POST</c> and <c>DELETE /client</c></summary>
    public async Task ConnectAsync(HttpContext context)
    {
        if (context.WebSockets.IsWebSocketRequest)
        {
            await ServeWebSocketAsync(context);
        }
        else if (!admission.TryRead(context.Request, isWebSocket: false, out var request, out var token, out var refusal))
        {
            await refusal.AnswerAsync(context);
        }
        else if (token.Address != address.Value)
        {
            await peers.ForwardAsync(context, token.Address);
        }
        else
        {
            await ServeHttpAsync(context, request, token);
        }
    }

    private async Task ServeWebSocketAsync(HttpContext context)
    {
        if (!admission.TryAdmitWebSocket(context.Request, out var identity, out var refusal))
        {
            await refusal.AnswerAsync(context);
            return;
        }

        var socket = await context.WebSockets.AcceptWebSocketAsync(new WebSocketAcceptContext { KeepAliveInterval = Timeout.InfiniteTimeSpan });
        using (socket)
        {
            await client.RunAsync(identity, new HttpWebSocketIO(socket, context));
        }
    }

    private async Task ServeHttpAsync(HttpContext context, ClientRequest request, TokenContent token)
    {
        var existing = httpClients.Find(request.Hub, token.Id);
        if (existing is not null && existing.User != request.User)
        {
            await new Refusal(StatusCodes.Status403Forbidden, "The connection belongs to another user.").AnswerAsync(context);
            return;
        }

        var transport = AskedTransport.Of(context.Request, isWebSocket: false);
        var begins = existing is null && transport != HttpTransportType.None;
        if (begins && !admission.MayBegin(context.Request, request, token, out var refusal))
        {
            await refusal.AnswerAsync(context);
            return;
        }

        switch (transport, existing)
        {
            case (HttpTransportType.LongPolling, LongPollingIO polling):
                await PollAsync(context, request, token, polling);
                break;
            case (HttpTransportType.LongPolling or HttpTransportType.ServerSentEvents, not null):
                await Refusal.InUse.AnswerAsync(context);
                break;
            case (HttpTransportType.ServerSentEvents, null):
                await ServeEventStreamAsync(context, request, token);
                break;
            case (HttpTransportType.LongPolling, null):
                BeginPolling(context, request, token);
                break;
            case (_, not null) when HttpMethods.IsPost(context.Request.Method):
                await PostAsync(context, existing);
                break;
            case (_, not null) when HttpMethods.IsDelete(context.Request.Method):
                existing.EndInput();
                context.Response.StatusCode = StatusCodes.Status202Accepted;
                break;
            default:
                await Refusal.Unknown.AnswerAsync(context);
                break;
        }
    }

    private async Task ServeEventStreamAsync(HttpContext context, ClientRequest request, TokenContent token)
    {
        var stream = new EventStreamIO(context) { User = request.User };
        if (!httpClients.TryAdd(request.Hub, token.Id, stream))
        {
            await Refusal.InUse.AnswerAsync(context);
            return;
        }

        try
        {
            using var left = context.RequestAborted.Register(stream.EndInput);
            await stream.BeginAsync();
            await client.RunAsync(admission.Identity(context.Request, request, token, HttpTransportType.ServerSentEvents), stream);
        }
        finally
        {
            httpClients.Remove(request.Hub, token.Id, stream);
        }
    }

    /// <summary>The first poll is answered at once, empty: it says that the connection is there.</summary>
    private void BeginPolling(HttpContext context, ClientRequest request, TokenContent token)
    {
        var polling = new LongPollingIO(connections, time) { User = request.User };
        if (httpClients.TryAdd(request.Hub, token.Id, polling))
        {
            _ = RunPollingAsync(admission.Identity(context.Request, request, token, HttpTransportType.LongPolling), polling);
        }
    }

    private async Task RunPollingAsync(ClientIdentity identity, LongPollingIO polling)
    {
        await client.RunAsync(identity, polling);
        // the client's last poll, or the one after it, shall learn that the connection has ended
        await Task.Delay(options.Value.ConnectTimeout, time);
        httpClients.Remove(identity.Stream.Hub, identity.Connection, polling);
    }

    private async Task PollAsync(HttpContext context, ClientRequest request, TokenContent token, LongPollingIO polling)
    {
        // the token holds for the whole poll: the next one is refused when it doesn't any more
        var left = request.Claims.RefusedFrom - time.GetUtcNow();
        var wait = request.Claims.Service.PollTimeout ?? options.Value.PollTimeout;
        if (await polling.PollAsync(context, left >= wait ? wait : left > TimeSpan.Zero ? left : TimeSpan.Zero))
        {
            httpClients.Remove(request.Hub, token.Id, polling);
        }
    }

    private async Task PostAsync(HttpContext context, HttpIO io)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            // the message limit is the protocol's own: the connection is told, not the request
            limit.MaxRequestBodySize = 2L * options.Value.MaxMessageBytes;
        }

        try
        {
            if (!await io.PostAsync(context.Request.BodyReader, context.RequestAborted))
            {
                await new Refusal(StatusCodes.Status409Conflict, "Another send of this connection is under way.").AnswerAsync(context);
            }
        }
        catch (BadHttpRequestException refused)
        {
            await new Refusal(refused.StatusCode, refused.Message).AnswerAsync(context);
        }
        catch (IOException) when (!context.RequestAborted.IsCancellationRequested)
        {
            await Refusal.Unknown.AnswerAsync(context);
        }
    }
}
