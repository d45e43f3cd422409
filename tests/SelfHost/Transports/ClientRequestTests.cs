using System.Net;
using System.Text.Json;
using Serverless.Events;
using Serverless.Tests.Fixtures;
using Serverless.Tests.SelfHost.Transports.WebSockets;
using Xunit;
using HttpTransportType = Microsoft.AspNetCore.Http.Connections.HttpTransportType;

namespace Serverless.Tests.SelfHost.Transports;

/// <summary>The forms that a client's requests may have. Contract, sections 2.1 to 2.3 and 2.7.</summary>
public sealed class ClientRequestTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("&negotiateVersion=1")]
    [InlineData("&negotiateVersion=2")]
    public async Task Negotiate_Version1_ShowsAnIdAndGivesASecretToken(string version)
    {
        await using var node = await Node.StartAsync();
        var answer = await NegotiateAsync(node, version);

        Assert.Equal(["negotiateVersion", "connectionId", "connectionToken", "availableTransports"], answer.EnumerateObject().Select(each => each.Name));
        Assert.Equal(1, answer.GetProperty("negotiateVersion").GetInt32());
        Assert.Equal(
            """[{"transport":"WebSockets","transferFormats":["Text","Binary"]},{"transport":"ServerSentEvents","transferFormats":["Text"]},{"transport":"LongPolling","transferFormats":["Text","Binary"]}]""",
            answer.GetProperty("availableTransports").GetRawText());
        var (id, token) = (answer.GetProperty("connectionId").GetString()!, answer.GetProperty("connectionToken").GetString()!);
        Assert.DoesNotContain(id, token, StringComparison.Ordinal);
        Assert.Matches("^[A-Za-z0-9_-]+$", id + token);

        // the shown id is the one that the hub knows it by, and doesn't connect
        using var socket = await new WireClient(node.Address, WireClient.Token()) { Id = token }.OpenWebSocketAsync();
        Assert.Equal(id, Assert.IsType<ConnectionOpened>(Assert.Single(await node.StoredAsync("chat"))).Connection.Value);
        Assert.Equal(404, await new WireClient(node.Address, WireClient.Token()) { Id = id }.ConnectAsync(HttpTransportType.WebSockets));
    }

    [Theory]
    [InlineData("")]
    [InlineData("&negotiateVersion=0")]
    [InlineData("&negotiateVersion=one")]
    public async Task Negotiate_Version0_GivesAnIdThatConnects(string version)
    {
        await using var node = await Node.StartAsync();
        var answer = await NegotiateAsync(node, version);

        Assert.False(answer.TryGetProperty("connectionToken", out _));
        using var socket = await new WireClient(node.Address, WireClient.Token()) { Id = answer.GetProperty("connectionId").GetString() }.OpenWebSocketAsync();
    }

    [Theory]
    [InlineData("GET /client/?hub=chat&", "GET /client?hub=chat&")]
    [InlineData("GET /client/?hub=chat&", "GET /client/?hub=CHAT&")]
    [InlineData("GET /client/?hub=chat&", "GET /client/?asrs.op=%2Fchat&hub=chat&asrs_request_id=aGVsbG8%3D&asrs_lang=de&asrs_ui_lang=en&mine=a&mine=b&")]
    [InlineData("GET /client/?hub=chat&", "GET /client/?hub=chat&useStatefulReconnect=true&")]
    public async Task Connect_WithoutNegotiation_PathHubAndMoreOfTheQueryMayVary(string usual, string varied)
    {
        await using var node = await Node.StartAsync();
        using var socket = await RawWebSocket.ConnectAsync(node.Address);
        await socket.SendAsync(RawWebSocket.Request().Replace(usual, varied, StringComparison.Ordinal));
        Assert.StartsWith("HTTP/1.1 101 ", await socket.HeadAsync(), StringComparison.Ordinal);
        await socket.SendTextAsync(WireClient.Handshake.TrimEnd('\u001e'));

        Assert.Equal("{}\u001e", (await socket.FrameAsync()).Text);
        Assert.IsType<ConnectionOpened>(Assert.Single(await node.StoredAsync("chat")));
    }

    [Theory]
    [InlineData("text/event-stream", HttpStatusCode.OK)]
    [InlineData("*/*", HttpStatusCode.Unauthorized)]
    public async Task AccessToken_InTheQuery_CountsWhereHeadersCannotBeSet(string accept, HttpStatusCode expected)
    {
        await using var node = await Node.StartAsync();
        var client = new WireClient(node.Address, WireClient.Token());
        await client.NegotiateAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/client/?hub=chat&id={client.Id}&access_token={WireClient.Token()}");
        request.Headers.TryAddWithoutValidation("Accept", accept);
        using var answer = await node.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Stop);

        Assert.Equal(expected, answer.StatusCode);
    }

    [Fact]
    public async Task AccessToken_InHeaderAndQuery_TheHeaderCounts()
    {
        await using var node = await Node.StartAsync();
        using var good = await RawWebSocket.ConnectAsync(node.Address);
        await good.SendAsync(RawWebSocket.RequestOf("hub=chat&access_token=bad", $"Authorization: Bearer {WireClient.Token()}\r\n"));
        using var bad = await RawWebSocket.ConnectAsync(node.Address);
        await bad.SendAsync(RawWebSocket.RequestOf($"hub=chat&access_token={WireClient.Token()}", "Authorization: Bearer bad\r\n"));

        Assert.StartsWith("HTTP/1.1 101 ", await good.HeadAsync(), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 401 ", await bad.HeadAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Call_WithoutUpstreamAndHandlers_IsAnErrorWhereAnAnswerIsWantedElseIgnored()
    {
        await using var node = await Node.StartAsync();
        using var connection = await WireConnection.OpenAsync(node.Address, HttpTransportType.WebSockets);
        await connection.SendAsync("""{"type":1,"target":"Broadcast","arguments":["t"]}""");
        await connection.SendAsync("""{"type":1,"invocationId":"1","target":"Broadcast","arguments":["t"]}""");

        Assert.StartsWith("""{"type":3,"invocationId":"1","error":""", await connection.NextAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Connect_LogOutOfReach_IsToldByTheHandshake()
    {
        await using var redis = new RedisServer();
        await redis.StartAsync();
        await using var node = await Node.StartAsync(
            ("Serverless:Log:Kind", "redis"), ("Serverless:Log:Redis", redis.EndPoint), ("Serverless:Connections:HandshakeTimeout", "00:00:05"));
        await redis.KillAsync();
        var (socket, _) = await new WireClient(node.Address, WireClient.Token()).WebSocketAsync();
        using (socket)
        {
            await socket.SendTextAsync(WireClient.Handshake.TrimEnd('\u001e'));
            Assert.Contains("can't be stored now: try again", (await socket.FrameAsync()).Text, StringComparison.Ordinal);
        }
    }

    private static async Task<JsonElement> NegotiateAsync(Node node, string version)
    {
        using var answer = await new WireClient(node.Address, WireClient.Token()).SendAsync(HttpMethod.Post, path: "client/negotiate", query: version);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        using var json = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(Stop));
        return json.RootElement.Clone();
    }
}
