using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;
using Serverless.Connections;
using Serverless.SelfHost.Clients;
using Serverless.SelfHost.Peers;
using Serverless.SelfHost.Security;

namespace Serverless.SelfHost.Transports;

/// <summary>
/// <c>/client</c> as Azure SignalR serves it: the second negotiate, WebSockets, server-sent events and long polling. A WebSocket may come to any node; the other two
/// belong to the node that negotiated, and are passed on to it.
/// </summary>
internal sealed class ClientEndpoint(
    TokenValidator accessTokens,
    ConnectionToken connectionTokens,
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
        if (await ClientRequest.AdmitAsync(context, accessTokens) is not { } request || !await HasRoomAsync(context))
        {
            return;
        }

        var (id, token) = connectionTokens.Create(request.Hub, address.Value, options.Value.ConnectTimeout);
        var response = int.TryParse(context.Request.Query["negotiateVersion"], out var version) && version > 0
            ? new NegotiateResponse(1, id.Value, token, AvailableTransport.All)
            : new NegotiateResponse(0, token, null, AvailableTransport.All);
        await context.Response.WriteAsJsonAsync(response, TransportJson.Default.NegotiateResponse);
    }

    /// <summary><c>GET</c>, <c>POST</c> and <c>DELETE /client</c></summary>
    public async Task ConnectAsync(HttpContext context)
    {
        if (await ClientRequest.AdmitAsync(context, accessTokens) is not { } request)
        {
            return;
        }

        var ids = context.Request.Query["id"];
        var isWebSocket = context.WebSockets.IsWebSocketRequest;
        if (ids.Count == 0 && isWebSocket)
        {
            // the client skipped negotiation: its connection begins here
            ids = connectionTokens.Create(request.Hub, address.Value, options.Value.ConnectTimeout).Token;
        }

        if (ids.Count != 1)
        {
            await ClientRequest.RefuseAsync(context, StatusCodes.Status400BadRequest, "The query needs one 'id': the connection token of a negotiation.");
        }
        else if (connectionTokens.Read(request.Hub, ids[0] ?? "") is not { } token)
        {
            await RefuseUnknownAsync(context);
        }
        else if (isWebSocket)
        {
            await AcceptWebSocketAsync(context, request, token);
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

    private async Task AcceptWebSocketAsync(HttpContext context, ClientRequest request, TokenContent token)
    {
        if (!await IsInTimeAsync(context, token) || !await HasRoomAsync(context))
        {
            return;
        }

        var socket = await context.WebSockets.AcceptWebSocketAsync(new WebSocketAcceptContext { KeepAliveInterval = Timeout.InfiniteTimeSpan });
        using (socket)
        {
            await client.RunAsync(Identity(request, token), new WebSocketIO(socket, context));
        }
    }

    private async Task ServeHttpAsync(HttpContext context, ClientRequest request, TokenContent token)
    {
        var existing = httpClients.Find(request.Hub, token.Id);
        if (existing is not null && existing.User != request.User)
        {
            await ClientRequest.RefuseAsync(context, StatusCodes.Status403Forbidden, "The connection belongs to another user.");
            return;
        }

        switch (context.Request.Method, existing)
        {
            case ("GET", LongPollingIO polling):
                await PollAsync(context, request, token, polling);
                break;
            case ("GET", not null):
                await ClientRequest.RefuseAsync(context, StatusCodes.Status409Conflict, "The connection is in use.");
                break;
            case ("GET", null) when !await IsInTimeAsync(context, token) || !await HasRoomAsync(context):
                break;
            case ("GET", null) when context.Request.GetTypedHeaders().Accept.Any(accept => accept.MediaType == "text/event-stream"):
                await ServeEventStreamAsync(context, request, token);
                break;
            case ("GET", null):
                BeginPolling(request, token);
                break;
            case ("POST", not null):
                await PostAsync(context, existing);
                break;
            case ("DELETE", not null):
                existing.EndInput();
                context.Response.StatusCode = StatusCodes.Status202Accepted;
                break;
            default:
                await RefuseUnknownAsync(context);
                break;
        }
    }

    private async Task ServeEventStreamAsync(HttpContext context, ClientRequest request, TokenContent token)
    {
        var stream = new EventStreamIO(context) { User = request.User };
        if (!httpClients.TryAdd(request.Hub, token.Id, stream))
        {
            await ClientRequest.RefuseAsync(context, StatusCodes.Status409Conflict, "The connection is in use.");
            return;
        }

        try
        {
            using var left = context.RequestAborted.Register(stream.EndInput);
            await stream.BeginAsync();
            await client.RunAsync(Identity(request, token), stream);
        }
        finally
        {
            httpClients.Remove(request.Hub, token.Id, stream);
        }
    }

    /// <summary>The first poll is answered at once, empty: it says that the connection is there.</summary>
    private void BeginPolling(ClientRequest request, TokenContent token)
    {
        var polling = new LongPollingIO(connections, time) { User = request.User };
        if (httpClients.TryAdd(request.Hub, token.Id, polling))
        {
            _ = RunPollingAsync(request, token, polling);
        }
    }

    private async Task RunPollingAsync(ClientRequest request, TokenContent token, LongPollingIO polling)
    {
        await client.RunAsync(Identity(request, token), polling);
        // the client's last poll, or the one after it, shall learn that the connection has ended
        await Task.Delay(options.Value.ConnectTimeout, time);
        httpClients.Remove(request.Hub, token.Id, polling);
    }

    private async Task PollAsync(HttpContext context, ClientRequest request, TokenContent token, LongPollingIO polling)
    {
        if (await polling.PollAsync(context, options.Value.PollTimeout))
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
                await ClientRequest.RefuseAsync(context, StatusCodes.Status409Conflict, "Another send of this connection is under way.");
            }
        }
        catch (BadHttpRequestException refused)
        {
            await ClientRequest.RefuseAsync(context, refused.StatusCode, refused.Message);
        }
        catch (IOException) when (!context.RequestAborted.IsCancellationRequested)
        {
            await RefuseUnknownAsync(context);
        }
    }

    private async ValueTask<bool> IsInTimeAsync(HttpContext context, TokenContent token)
    {
        if (time.GetUtcNow() <= token.ConnectBy)
        {
            return true;
        }

        await RefuseUnknownAsync(context);
        return false;
    }

    private async ValueTask<bool> HasRoomAsync(HttpContext context)
    {
        if (connections.Count < options.Value.MaxConnections)
        {
            return true;
        }

        await ClientRequest.RefuseAsync(context, StatusCodes.Status429TooManyRequests, "The node has as many connections as Serverless:Connections:MaxConnections allows.");
        return false;
    }

    private static ClientIdentity Identity(ClientRequest request, TokenContent token) => new(new(request.Hub), token.Id, request.User);

    private static Task RefuseUnknownAsync(HttpContext context) =>
        ClientRequest.RefuseAsync(context, StatusCodes.Status404NotFound, "No connection has that id: negotiate, then connect in time.");
}
