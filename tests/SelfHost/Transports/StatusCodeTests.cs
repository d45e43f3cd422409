using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Serverless.Events;
using Serverless.SelfHost.Security;
using Serverless.SelfHost.Transports;
using Serverless.Tests.Fixtures;
using Serverless.Tests.SelfHost.Security;
using Serverless.Tests.SelfHost.Transports.WebSockets;
using Xunit;
using HttpTransportType = Microsoft.AspNetCore.Http.Connections.HttpTransportType;

namespace Serverless.Tests.SelfHost.Transports;

/// <summary>The table of status codes at <c>/client</c>. Contract, section 2.6.</summary>
public sealed class StatusCodeTests
{
    private const string Hs256 = """{"alg":"HS256","typ":"JWT"}""";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static TheoryData<HttpTransportType> Transports => WireConnection.Transports;

    [Theory]
    [InlineData("POST", "/client/negotiate")]
    [InlineData("POST", "/client/negotiate?hub=")]
    [InlineData("POST", "/client/negotiate?hub=chat&hub=chat")]
    [InlineData("POST", "/client/negotiate?hub=1chat")]
    [InlineData("GET", "/client")]
    [InlineData("GET", "/client/?hub=a%20b")]
    [InlineData("GET", "/client/?hub=chat")]
    [InlineData("GET", "/client/?hub=chat&id=a&id=b")]
    [InlineData("POST", "/client/?hub=chat")]
    [InlineData("DELETE", "/client/?hub=chat")]
    public async Task Request_HubOrIdWrong_Is400(string method, string target)
    {
        await using var node = await Node.StartAsync();
        using var answer = await CallAsync(node, method, target, WireClient.Token());

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.NotEmpty(await answer.Content.ReadAsStringAsync(Stop));
    }

    [Theory]
    [InlineData("none", null)]
    [InlineData("no JWT", "nonsense")]
    [InlineData("another key", "k")]
    [InlineData("expired", "e")]
    [InlineData("another audience", "a")]
    [InlineData("longer than is looked at", "l")]
    public async Task Request_TokenWrong_Is401AndAsksForOne(string why, string? kind)
    {
        await using var node = await Node.StartAsync();
        var token = kind switch
        {
            "k" => Jwt.Sign(Hs256, """{"aud":"http://localhost/client/?hub=chat","exp":4102444800}""", "another-key-that-nobody-has-configured-here"),
            "e" => WireClient.Token(expires: 1767225600),
            "a" => Jwt.Sign(Hs256, """{"aud":"http://localhost/server/?hub=chat","exp":4102444800}""", NodeProcess.Key),
            "l" => WireClient.Token($"\"x\":\"{new string('x', JsonWebToken.MaxLength)}\""),
            _ => kind,
        };
        foreach (var (method, target) in new[] { ("POST", "/client/negotiate?hub=chat"), ("GET", "/client/?hub=chat&id=x"), ("POST", "/client/?hub=chat&id=x") })
        {
            using var answer = await CallAsync(node, method, target, token);
            Assert.True(answer.StatusCode == HttpStatusCode.Unauthorized, $"{why}: {answer.StatusCode}");
            Assert.StartsWith("Bearer", answer.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Poll_ByAnotherUser_Is403()
    {
        await using var node = await Node.StartAsync();
        var ada = new WireClient(node.Address, WireClient.Token("\"nameid\":\"ada\""));
        await ada.NegotiateAsync();
        await ada.OpenPollingAsync();
        using var answer = await new WireClient(node.Address, WireClient.Token("\"nameid\":\"eve\"")) { Id = ada.Id }.PollAsync();

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Connect_IdUnknown_Is404(HttpTransportType transport)
    {
        await using var node = await Node.StartAsync();

        Assert.Equal(404, await new WireClient(node.Address, WireClient.Token()) { Id = "unknown" }.ConnectAsync(transport));
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Connect_TooLongAfterNegotiate_Is404(HttpTransportType transport)
    {
        await using var node = await Node.StartAsync();
        var keys = new OptionsFactory<KeyOptions>([new ConfigureOptions<KeyOptions>(options => options.Primary = NodeProcess.Key)], []);
        using var ring = new AccessKeys(keys, [], NullLogger<AccessKeys>.Instance);
        var yesterday = new ConnectionToken(ring, new FakeTimeProvider(new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero)));
        var token = yesterday.Create("chat", node.Address.GetLeftPart(UriPartial.Authority), TimeSpan.FromSeconds(15)).Token;

        Assert.Equal(404, await new WireClient(node.Address, WireClient.Token()) { Id = token }.ConnectAsync(transport));
    }

    [Fact]
    public async Task Negotiate_TokenTooLong_Is431InAHeaderAnd414InTheAddress()
    {
        await using var node = await Node.StartAsync();
        var token = WireClient.Token($"\"x\":\"{new string('x', 16 * 1024)}\"");
        using var inHeader = await CallAsync(node, "POST", "/client/negotiate?hub=chat", token);
        using var inAddress = await CallAsync(node, "GET", $"/client/?hub=chat&access_token={token}", null);

        Assert.Equal(HttpStatusCode.RequestHeaderFieldsTooLarge, inHeader.StatusCode);
        Assert.Equal(HttpStatusCode.RequestUriTooLong, inAddress.StatusCode);
    }

    [Fact]
    public async Task Request_NoRoom_Is429AtNegotiateAndConnect()
    {
        await using var node = await Node.StartAsync(("Serverless:Connections:MaxConnections", "1"));
        var client = new WireClient(node.Address, WireClient.Token());
        await client.NegotiateAsync();
        using var other = await WireConnection.OpenAsync(node.Address, HttpTransportType.WebSockets);

        Assert.Equal(429, await client.ConnectAsync(HttpTransportType.WebSockets));
        Assert.Equal(429, await client.ConnectAsync(HttpTransportType.ServerSentEvents));
        Assert.Equal(429, await client.ConnectAsync(HttpTransportType.LongPolling));
        using var negotiate = await CallAsync(node, "POST", "/client/negotiate?hub=chat", WireClient.Token());
        Assert.Equal(HttpStatusCode.TooManyRequests, negotiate.StatusCode);
    }

    [Fact]
    public async Task Connect_OtherIsInItsHandshake_CountsAsFull()
    {
        await using var node = await Node.StartAsync(("Serverless:Connections:MaxConnections", "1"));
        using var first = await RawWebSocket.ConnectAsync(node.Address);
        await first.SendAsync(RawWebSocket.Request());
        Assert.StartsWith("HTTP/1.1 101 ", await first.HeadAsync(), StringComparison.Ordinal);

        using var second = await RawWebSocket.ConnectAsync(node.Address);
        await second.SendAsync(RawWebSocket.Request());
        Assert.StartsWith("HTTP/1.1 429 ", await second.HeadAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Request_UserTooLong_Is400()
    {
        await using var node = await Node.StartAsync();
        var user = new string('u', EventRules.MaxUserLength + 1);
        using var negotiate = await CallAsync(node, "POST", "/client/negotiate?hub=chat", RawWebSocket.Token("chat", user));
        Assert.Equal(HttpStatusCode.BadRequest, negotiate.StatusCode);

        using var client = await RawWebSocket.ConnectAsync(node.Address);
        await client.SendAsync(RawWebSocket.Request(user: user));
        Assert.StartsWith("HTTP/1.1 400 ", await client.HeadAsync(), StringComparison.Ordinal);
    }

    private static Task<HttpResponseMessage> CallAsync(Node node, string method, string target, string? token)
    {
        var request = new HttpRequestMessage(new(method), target);
        if (token is not null)
        {
            request.Headers.Authorization = new("Bearer", token);
        }

        return node.Http.SendAsync(request, Stop);
    }
}
