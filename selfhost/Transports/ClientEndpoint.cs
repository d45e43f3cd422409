using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;
using Serverless.Connections;
using Serverless.Events;
using Serverless.SelfHost.Clients;
using Serverless.SelfHost.Drain;
using Serverless.SelfHost.Peers;
using Serverless.SelfHost.Security;
using Serverless.SelfHost.Transports.WebSockets;
using Serverless.SelfHost.Upstream;
using Serverless.Sharding;
using HttpTransportType = Microsoft.AspNetCore.Http.Connections.HttpTransportType;

namespace Serverless.SelfHost.Transports;

/// <summary>
/// <c>/client</c> as Azure SignalR serves it: the second negotiate, WebSockets, server-sent events and long polling. A WebSocket may come to any node; the other two
/// belong to the node that negotiated, and are passed on to it.
/// </summary>
internal sealed class ClientEndpoint(
    TokenValidator accessTokens,
    ClientOrigins origins,
    ConnectionToken connectionTokens,
    NodeAddress address,
    NodeConnections connections,
    HubClient client,
    ClientPlaces places,
    NodeDrain drain,
    HttpClients httpClients,
    PeerForwarder peers,
    Placement placement,
    HubStreams streams,
    IOptions<ConnectionOptions> options,
    TimeProvider time)
{
    /// <summary><c>POST /client/negotiate</c></summary>
    public async Task NegotiateAsync(HttpContext context)
    {
        if (!ClientRequest.TryRead(context.Request, isWebSocket: false, accessTokens, out var request, out var refusal))
        {
            await refusal.AnswerAsync(context);
            return;
        }

        if (Elsewhere(request) is { } shard)
        {
            // its token is good there too: the nodes of a fleet have the same access keys
            var redirect = new NegotiateRedirect(UrlAt(shard, context.Request), BearerToken.FromHeaderOrQuery(context.Request, isWebSocket: false)!);
            await context.Response.WriteAsJsonAsync(redirect, TransportJson.Default.NegotiateRedirect);
            return;
        }

        if (!HasRoom(out refusal))
        {
            await refusal.AnswerAsync(context);
            return;
        }

        var (id, token) = NewConnection(request);
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
        else if (!TryRead(context.Request, isWebSocket: false, out var request, out var token, out var refusal))
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

    /// <summary>Whose WebSocket a request opens, or why it doesn't.</summary>
    public bool TryAdmitWebSocket(HttpRequest request, [NotNullWhen(true)] out ClientIdentity? identity, [NotNullWhen(false)] out Refusal? refusal)
    {
        identity = TryRead(request, isWebSocket: true, out var admitted, out var token, out refusal)
            && MayBegin(request, admitted, token, out refusal)
                ? Identity(request, admitted, token, HttpTransportType.WebSockets)
                : null;
        return identity is not null;
    }

    private bool TryRead(
        HttpRequest request,
        bool isWebSocket,
        [NotNullWhen(true)] out ClientRequest? admitted,
        [NotNullWhen(true)] out TokenContent? token,
        [NotNullWhen(false)] out Refusal? refusal)
    {
        token = null;
        if (!ClientRequest.TryRead(request, isWebSocket, accessTokens, out admitted, out refusal))
        {
            return false;
        }

        var transport = AskedTransport.Of(request, isWebSocket);
        if (!admitted.Claims.Service.Transports.HasFlag(transport))
        {
            refusal = new(StatusCodes.Status403Forbidden, $"The access token doesn't allow {transport}: its claim '{TokenClaimNames.Transports}' names others.");
            return false;
        }

        var ids = request.Query["id"];
        if (ids.Count == 0 && isWebSocket)
        {
            // the client skipped negotiation: its connection begins here
            ids = NewConnection(admitted).Token;
        }

        if (ids is not [{ } id])
        {
            refusal = new(StatusCodes.Status400BadRequest, "The query needs one 'id': the connection token of a negotiation.");
            return false;
        }

        token = connectionTokens.Read(admitted.Hub, id);
        refusal = token is null ? Refusal.Unknown : null;
        return token is not null;
    }

    private async Task ServeWebSocketAsync(HttpContext context)
    {
        if (!TryAdmitWebSocket(context.Request, out var identity, out var refusal))
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
        if (begins && !MayBegin(context.Request, request, token, out var refusal))
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
            await client.RunAsync(Identity(context.Request, request, token, HttpTransportType.ServerSentEvents), stream);
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
            _ = RunPollingAsync(Identity(context.Request, request, token, HttpTransportType.LongPolling), polling);
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

    private bool MayBegin(HttpRequest http, ClientRequest request, TokenContent token, [NotNullWhen(false)] out Refusal? refusal) =>
        IsFree(request, token, out refusal) && IsInTime(token, out refusal) && IsHere(http, request, out refusal) && HasRoom(out refusal);

    /// <summary>Only who opens a WebSocket without negotiating is told where to go on; for others the token isn't good there, and they negotiate again.</summary>
    private bool IsHere(HttpRequest http, ClientRequest request, [NotNullWhen(false)] out Refusal? refusal)
    {
        refusal = Elsewhere(request) is not { } shard ? null : http.Query.ContainsKey("id") ? Refusal.Unknown : Refusal.Elsewhere(UrlAt(shard, http));
        return refusal is null;
    }

    /// <summary>Who was sent here by another shard isn't sent on: the two may not have the same description yet. Who moves clients looks at them again.</summary>
    private Shard? Elsewhere(ClientRequest request) => request.Placed.IsSentOn ? null : placement.Elsewhere(request.Placed, request.User);

    /// <summary>With all that the client says in its own query, but what it has of this shard.</summary>
    private static string UrlAt(Shard shard, HttpRequest http)
    {
        var query = http.Query.Where(pair => pair.Key is not ("id" or "access_token" or "negotiateVersion")).SelectMany(pair => pair.Value, (pair, value) => KeyValuePair.Create(pair.Key, value));
        return $"{shard.Endpoint}/client/{QueryString.Create(query).Add(PlacementKey.SentOnName, "1")}";
    }

    private (ConnectionId Id, string Token) NewConnection(ClientRequest request)
    {
        var stream = streams.Place(request.Hub, request.Placed.Room ?? request.User ?? RandomNumberGenerator.GetHexString(16));
        return connectionTokens.Create(stream, streams.HasSeveral(stream), address.Value, options.Value.ConnectTimeout);
    }

    private bool IsFree(ClientRequest request, TokenContent token, [NotNullWhen(false)] out Refusal? refusal)
    {
        refusal = httpClients.Find(request.Hub, token.Id) is not null || connections.Contains(streams.Of(new(request.Hub), token.Id), token.Id) ? Refusal.InUse : null;
        return refusal is null;
    }

    private bool IsInTime(TokenContent token, [NotNullWhen(false)] out Refusal? refusal)
    {
        refusal = time.GetUtcNow() <= token.ConnectBy ? null : Refusal.Unknown;
        return refusal is null;
    }

    private bool HasRoom([NotNullWhen(false)] out Refusal? refusal)
    {
        refusal = drain.Reason is { } reason ? Refusal.Leaving(reason) : places.AreFull ? Refusal.Full : null;
        return refusal is null;
    }

    private ClientIdentity Identity(HttpRequest http, ClientRequest request, TokenContent token, HttpTransportType transport)
    {
        var claims = request.Claims;
        // an event stream is one request, which no later one's refusal ends; a poll is refused by itself
        var endsWithToken = transport == HttpTransportType.ServerSentEvents
            || (transport == HttpTransportType.WebSockets && options.Value.CloseOnTokenExpiry);
        var closesAt = claims.ClosesAt ?? (endsWithToken ? claims.RefusedFrom : null);
        return new(streams.Of(new(request.Hub), token.Id), token.Id, request.User, new(claims.Service.HandshakeTimeout, Expiry.At(closesAt)))
        {
            Origin = origins.Of(http, claims),
            Access = claims.Access,
            Placed = request.Placed,
        };
    }
}
