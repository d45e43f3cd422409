using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Serverless.Events;
using Serverless.FanOut.AzureSignalR;
using Serverless.SelfHost.Security;
using Serverless.SelfHost.Transports;
using Serverless.Tests.Fixtures;
using Serverless.Tests.SelfHost.Security;
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
            "l" => WireClient.Token($"\"x\":\"{new string('x', SignedToken.MaxLength)}\""),
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
        var token = yesterday.Create(new("chat"), false, node.Address.GetLeftPart(UriPartial.Authority), TimeSpan.FromSeconds(15)).Token;

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

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Request_UserTooLong_Is400(HttpTransportType transport)
    {
        await using var node = await Node.StartAsync();
        var longest = new WireClient(node.Address, WireClient.Token($"\"asrs.s.uid\":\"{new string('u', EventRules.MaxUserLength)}\""));
        var tooLong = new WireClient(node.Address, WireClient.Token($"\"asrs.s.uid\":\"{new string('u', EventRules.MaxUserLength + 1)}\""));
        await longest.NegotiateAsync();
        // whoever negotiated, it is the connect's own token that counts
        tooLong.Id = longest.Id;

        Assert.Equal(400, await tooLong.ConnectAsync(transport));
        using var negotiate = await tooLong.SendAsync(HttpMethod.Post, path: "client/negotiate");
        Assert.Equal(HttpStatusCode.BadRequest, negotiate.StatusCode);
        Assert.Contains("A user id has 1 to 1024 characters.", await negotiate.Content.ReadAsStringAsync(Stop), StringComparison.Ordinal);
        Assert.Equal(transport == HttpTransportType.WebSockets ? 101 : 200, await longest.ConnectAsync(transport));
    }

    /// <summary>Connections that haven't shaken hands count, and those that never will give their room back.</summary>
    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Request_RoomTakenByHandshakes_Is429(HttpTransportType transport)
    {
        await using var node = await Node.StartAsync(("Serverless:Connections:MaxConnections", "1"), ("Serverless:Connections:HandshakeTimeout", "00:00:10"));
        var (silent, other) = (new WireClient(node.Address, WireClient.Token()), new WireClient(node.Address, WireClient.Token()));
        await silent.NegotiateAsync();
        await other.NegotiateAsync();
        using var socket = transport == HttpTransportType.WebSockets ? (await silent.WebSocketAsync()).Socket : null;
        using var answer = transport == HttpTransportType.ServerSentEvents ? await silent.EventsAsync()
            : transport == HttpTransportType.LongPolling ? await silent.PollAsync() : null;

        await UntilAsync(async () => await NegotiateAsync(node) == HttpStatusCode.TooManyRequests);
        Assert.Equal(429, await other.ConnectAsync(transport));
        await UntilAsync(async () => await NegotiateAsync(node) == HttpStatusCode.OK);
    }

    [Fact]
    public async Task Connect_ManyAtOnce_NoMoreThanThereIsRoomFor()
    {
        const int Room = 5;
        await using var node = await Node.StartAsync(("Serverless:Connections:MaxConnections", $"{Room}"));
        var sockets = await Task.WhenAll(Enumerable.Range(0, 50).Select(async _ =>
        {
            var (socket, status) = await new WireClient(node.Address, WireClient.Token()).WebSocketAsync();
            if (!status.Contains("101", StringComparison.Ordinal))
            {
                return (socket, Answer: (string?)null);
            }

            // those whose request still found room are told by the handshake
            await socket.SendTextAsync(WireClient.Handshake.TrimEnd('\u001e'));
            return (socket, Answer: (await socket.FrameAsync()).Text);
        }));

        Assert.Equal(Room, sockets.Count(each => each.Answer == "{}\u001e"));
        Assert.All(sockets, each => Assert.True(each.Answer is null or "{}\u001e" || each.Answer.Contains("MaxConnections", StringComparison.Ordinal), each.Answer));
        foreach (var (socket, _) in sockets)
        {
            socket.Dispose();
        }

        await UntilAsync(async () => await NegotiateAsync(node) == HttpStatusCode.OK);
    }

    private static async Task<HttpStatusCode> NegotiateAsync(Node node)
    {
        using var answer = await CallAsync(node, "POST", "/client/negotiate?hub=chat", WireClient.Token());
        return answer.StatusCode;
    }

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var guard = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!await condition())
        {
            await Task.Delay(10, guard.Token);
        }
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
