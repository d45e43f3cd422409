using System.Net;
using System.Net.Sockets;
using Xunit;

namespace Serverless.Tests.SelfHost.Transports;

/// <summary>What a token's service claims change, over the wire.</summary>
public sealed class ClientClaimsTests
{
    private const string Expired = """{"type":7,"error":"The authentication of the connection has expired.","allowReconnect":true}""" + "\u001e";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("", "WebSockets ServerSentEvents LongPolling")]
    [InlineData("\"asrs.s.htt\":\"1\"", "WebSockets")]
    [InlineData("\"asrs.s.htt\":\"2\"", "ServerSentEvents")]
    [InlineData("\"asrs.s.htt\":\"4\"", "LongPolling")]
    [InlineData("\"asrs.s.htt\":\"5\"", "WebSockets LongPolling")]
    [InlineData("\"asrs.s.htt\":\"all\"", "WebSockets ServerSentEvents LongPolling")]
    public async Task Transports_OnlyThoseAreOfferedAndServed(string claim, string expected)
    {
        await using var node = await Node.StartAsync();
        var client = new WireClient(node.Address, WireClient.Token(claim));
        Assert.Equal(expected.Split(' '), await client.NegotiateAsync());

        // an answer other than 403 says that the transport is served; each has a connection of its own
        var (socket, status) = await client.WebSocketAsync();
        using (socket)
        {
            AssertServed("WebSockets", status.Contains(" 101 ", StringComparison.Ordinal) ? HttpStatusCode.OK : Assert403(status));
        }

        await client.NegotiateAsync();
        using var events = await client.EventsAsync();
        AssertServed("ServerSentEvents", events.StatusCode);
        await client.NegotiateAsync();
        using var poll = await client.PollAsync();
        AssertServed("LongPolling", poll.StatusCode);

        void AssertServed(string transport, HttpStatusCode answer) =>
            Assert.Equal(expected.Contains(transport, StringComparison.Ordinal) ? HttpStatusCode.OK : HttpStatusCode.Forbidden, answer);

        static HttpStatusCode Assert403(string status)
        {
            Assert.Contains(" 403 ", status, StringComparison.Ordinal);
            return HttpStatusCode.Forbidden;
        }
    }

    [Fact]
    public async Task Transports_NotAllowed_IsToldWhy()
    {
        await using var node = await Node.StartAsync();
        using var answer = await new WireClient(node.Address, WireClient.Token("\"asrs.s.htt\":\"1\"")).PollAsync();

        Assert.Equal("The access token doesn't allow LongPolling: its claim 'asrs.s.htt' names others.", await answer.Content.ReadAsStringAsync(Stop));
    }

    [Fact]
    public async Task PollTimeout_EndsAPollWithoutMessages()
    {
        await using var node = await Node.StartAsync(("Serverless:Connections:PollTimeout", "00:05:00"));
        var client = new WireClient(node.Address, WireClient.Token("\"asrs.s.ttl\":\"1\""));
        await client.NegotiateAsync();
        await client.OpenPollingAsync();
        using var answer = await client.PollAsync();

        Assert.Equal((HttpStatusCode.OK, ""), (answer.StatusCode, await answer.Content.ReadAsStringAsync(Stop)));
    }

    [Fact]
    public async Task HandshakeTimeout_EndsAConnectionThatDoesNotShakeHands()
    {
        await using var node = await Node.StartAsync(("Serverless:Connections:HandshakeTimeout", "00:00:30"));
        var (socket, status) = await new WireClient(node.Address, WireClient.Token("\"asrs.s.cht\":\"1\"")).WebSocketAsync();
        using (socket)
        {
            Assert.Contains(" 101 ", status, StringComparison.Ordinal);
            var cut = await Assert.ThrowsAsync<SocketException>(socket.IsAtEndAsync);
            Assert.Equal(SocketError.ConnectionReset, cut.SocketErrorCode);
        }
    }

    [Fact]
    public async Task Authentication_Expires_EachTransportIsClosedAndMayReconnect()
    {
        await using var node = await Node.StartAsync();
        var token = WireClient.Token($"\"asrs.s.coae\":\"true\",\"asrs.s.aeo\":\"{InAMoment()}\"");
        var (polling, streaming) = (new WireClient(node.Address, token), new WireClient(node.Address, token));
        await polling.NegotiateAsync();
        await streaming.NegotiateAsync();
        using var socket = await new WireClient(node.Address, token).OpenWebSocketAsync();
        using var events = await streaming.OpenEventsAsync();
        await polling.OpenPollingAsync();
        using var poll = await polling.PollAsync();

        Assert.Equal(Expired, await poll.Content.ReadAsStringAsync(Stop));
        Assert.Equal(Expired, (await socket.FrameAsync()).Text);
        Assert.Equal(Expired, await WireClient.NextAsync(events));
        Assert.Null(await WireClient.NextAsync(events));
        using var next = await polling.PollAsync();
        Assert.Equal(HttpStatusCode.Unauthorized, next.StatusCode);
    }

    [Fact]
    public async Task Token_Expires_EventStreamAndPollingEndAndTheWebSocketGoesOn()
    {
        await using var node = await Node.StartAsync();
        var token = WireClient.Token(expires: RefusedInAMoment());
        var (polling, streaming) = (new WireClient(node.Address, token), new WireClient(node.Address, token));
        await polling.NegotiateAsync();
        await streaming.NegotiateAsync();
        using var socket = await new WireClient(node.Address, token).OpenWebSocketAsync();
        using var events = await streaming.OpenEventsAsync();
        await polling.OpenPollingAsync();

        Assert.Equal(Expired, await WireClient.NextAsync(events));
        HttpResponseMessage poll;
        do
        {
            poll = await polling.PollAsync();
        }
        while (poll.StatusCode == HttpStatusCode.OK);
        Assert.Equal(HttpStatusCode.Unauthorized, poll.StatusCode);
        await socket.SendTextAsync("""{"type":1,"invocationId":"1","target":"Echo","arguments":[]}""");
        Assert.Contains("\"type\":3,\"invocationId\":\"1\"", (await socket.FrameAsync()).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CloseOnTokenExpiry_TokenExpires_TheWebSocketIsClosedAndMayReconnect()
    {
        await using var node = await Node.StartAsync(("Serverless:Connections:CloseOnTokenExpiry", "true"));
        using var socket = await new WireClient(node.Address, WireClient.Token(expires: RefusedInAMoment())).OpenWebSocketAsync();

        Assert.Equal(Expired, (await socket.FrameAsync()).Text);
    }

    [Theory]
    [InlineData("\"asrs.s.dc\":\"true\"")]
    [InlineData("\"asrs.s.derror\":\"True\",\"asrs.s.sn\":\"host_1\",\"asrs.s.ssticky\":\"Preferred\"")]
    [InlineData("\"asrs.s.cht\":\"31\",\"asrs.s.ttl\":\"0\",\"asrs.s.coae\":\"perhaps\",\"asrs.s.aeo\":\"1\"")]
    [InlineData("\"asrs.s.unknown\":{\"a\":[1]},\"asrs.u.aud\":\"theirs\",\"role\":[\"a\",\"b\"]")]
    public async Task Claims_WithoutEffectHere_AreAccepted(string claims)
    {
        await using var node = await Node.StartAsync();
        using var socket = await new WireClient(node.Address, WireClient.Token(claims)).OpenWebSocketAsync();
    }

    /// <summary>Time enough to connect by all transports, also where the machine stands still for some seconds; less than until a ping.</summary>
    private static long InAMoment() => TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() + 10;

    /// <summary>An expiry as long ago as the node lets clocks be apart.</summary>
    private static long RefusedInAMoment() => InAMoment() - 300;
}
