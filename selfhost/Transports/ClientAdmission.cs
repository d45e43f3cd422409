using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using Serverless.Connections;
using Serverless.Events;
using Serverless.FanOut.AzureSignalR;
using Serverless.SelfHost.Clients;
using Serverless.SelfHost.Drain;
using Serverless.SelfHost.Peers;
using Serverless.SelfHost.Security;
using Serverless.SelfHost.Upstream;
using Serverless.Sharding;
using HttpTransportType = Microsoft.AspNetCore.Http.Connections.HttpTransportType;

namespace Serverless.SelfHost.Transports;

/// <summary>Decides who may connect at <c>/client</c>: by access token, transport, connection token, shard, and whether there is room.</summary>
internal sealed class ClientAdmission(
    TokenValidator accessTokens,
    ClientOrigins origins,
    ConnectionToken connectionTokens,
    NodeAddress address,
    NodeConnections connections,
    ClientPlaces places,
    NodeDrain drain,
    HttpClients httpClients,
    Placement placement,
    Fleet fleet,
    HubStreams streams,
    IOptions<ConnectionOptions> options,
    TimeProvider time)
{
    /// <summary>Who asks, whether or not it has negotiated.</summary>
    public bool TryRead(HttpRequest request, [NotNullWhen(true)] out ClientRequest? admitted, [NotNullWhen(false)] out Refusal? refusal) =>
        ClientRequest.TryRead(request, isWebSocket: false, accessTokens, out admitted, out refusal);

    /// <summary>Whose WebSocket a request opens, or why it doesn't.</summary>
    public bool TryAdmitWebSocket(HttpRequest request, [NotNullWhen(true)] out ClientIdentity? identity, [NotNullWhen(false)] out Refusal? refusal)
    {
        identity = TryRead(request, isWebSocket: true, out var admitted, out var token, out refusal)
            && MayBegin(request, admitted, token, out refusal)
                ? Identity(request, admitted, token, HttpTransportType.WebSockets)
                : null;
        return identity is not null;
    }

    /// <summary>Whose negotiated connection a request belongs to. Without negotiation a WebSocket's begins here.</summary>
    public bool TryRead(
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

    /// <summary>Whether a negotiated connection may begin now, and here.</summary>
    public bool MayBegin(HttpRequest http, ClientRequest request, TokenContent token, [NotNullWhen(false)] out Refusal? refusal) =>
        IsFree(request, token, out refusal) && IsInTime(token, out refusal) && IsHere(http, request, out refusal) && HasRoom(out refusal);

    /// <summary>Who was sent here by another shard isn't sent on: the two may not have the same description yet. Who moves clients looks at them again.</summary>
    public Shard? Elsewhere(ClientRequest request) => request.Placed.IsSentOn ? null : placement.Elsewhere(request.Placed, request.User);

    /// <summary>Where a client goes on that belongs to another shard, and with which token: its own, or where that shard has another access key, one that says the same.</summary>
    public NegotiateRedirect Redirect(HttpRequest http, ClientRequest request, Shard shard) => new(
        UrlAt(shard, http),
        fleet.KeyOf(shard) is { } key
            ? AccessTokens.ForClient(new(shard.Endpoint, shard.Endpoint, Encoding.UTF8.GetBytes(key)), request.Hub, request.Claims.All)
            : BearerToken.FromHeaderOrQuery(http, isWebSocket: false)!);

    /// <summary>An id, which names the connection's stream, and the encrypted token that names this node.</summary>
    public (ConnectionId Id, string Token) NewConnection(ClientRequest request)
    {
        var stream = streams.Place(request.Hub, request.Placed.Room ?? request.User ?? RandomNumberGenerator.GetHexString(16));
        return connectionTokens.Create(stream, streams.HasSeveral(stream), address.Value, options.Value.ConnectTimeout);
    }

    /// <summary>Whether the node takes new connections at all.</summary>
    public bool HasRoom([NotNullWhen(false)] out Refusal? refusal)
    {
        refusal = drain.Reason is { } reason ? Refusal.Leaving(reason) : places.AreFull ? Refusal.Full : null;
        return refusal is null;
    }

    /// <summary>Who the client is to the hub, and how long.</summary>
    public ClientIdentity Identity(HttpRequest http, ClientRequest request, TokenContent token, HttpTransportType transport)
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

    /// <summary>Only who opens a WebSocket without negotiating is told where to go on; for others the token isn't good there, and they negotiate again.</summary>
    private bool IsHere(HttpRequest http, ClientRequest request, [NotNullWhen(false)] out Refusal? refusal)
    {
        refusal = Elsewhere(request) is not { } shard ? null : http.Query.ContainsKey("id") ? Refusal.Unknown : Refusal.Elsewhere(UrlAt(shard, http));
        return refusal is null;
    }

    /// <summary>With all that the client says in its own query, but what it has of this shard.</summary>
    private static string UrlAt(Shard shard, HttpRequest http)
    {
        var query = http.Query.Where(pair => pair.Key is not ("id" or "access_token" or "negotiateVersion")).SelectMany(pair => pair.Value, (pair, value) => KeyValuePair.Create(pair.Key, value));
        return $"{shard.Endpoint}/client/{QueryString.Create(query).Add(PlacementKey.SentOnName, "1")}";
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
}
