using System.Text;
using Microsoft.AspNetCore.Http.Connections;
using Serverless.SelfHost.Security;
using Serverless.Tests.Fixtures;
using Serverless.Tests.SelfHost.Security;
using Serverless.Tests.SelfHost.Transports;
using Xunit;

namespace Serverless.Tests.Conformance;

/// <summary>Stock clients with automatic reconnect come back: after a close that allows it, and when their node is there again; each time with a token of its own.</summary>
public sealed class ReconnectTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static TheoryData<string, HttpTransportType> Clients { get; } = new MatrixTheoryData<string, HttpTransportType>(
        ["JavaScript", ".NET"], [HttpTransportType.WebSockets, HttpTransportType.ServerSentEvents, HttpTransportType.LongPolling]);

    /// <summary>The application names its own node: the client's factory gives a token for each connection.</summary>
    [Theory]
    [MemberData(nameof(Clients))]
    public async Task Reconnect_AuthenticationExpired_ComesBackWithTheFactorysNextToken(string language, HttpTransportType transport)
    {
        await using var node = await new NodeProcess { Environment = "Production" }.StartAsync();
        await using var client = await ReconnectingClient.StartAsync(language, $"{node.Url}/client/?hub=chat", transport, ExpiredSoon);
        var first = await client.ExpectAsync("connected");

        Assert.Contains("The authentication of the connection has expired.", await client.ExpectAsync("reconnecting"), StringComparison.Ordinal);
        Assert.NotEqual(first, await client.ExpectAsync("reconnected"));
        Assert.True(client.IsRenewed);
        await SendAsync(node, "welcome back");
        Assert.Equal("welcome back", await client.ExpectAsync("said"));
    }

    /// <summary>An event stream is one request and ends with its token: the client comes back with the factory's next one.</summary>
    [Theory]
    [InlineData("JavaScript")]
    [InlineData(".NET")]
    public async Task Refresh_TokenOfAnEventStreamExpires_ComesBackWithTheFactorysNextToken(string language)
    {
        await using var node = await new NodeProcess { Environment = "Production" }.StartAsync();
        await using var client = await ReconnectingClient.StartAsync(language, $"{node.Url}/client/?hub=chat", HttpTransportType.ServerSentEvents, RefusedSoon);
        var first = await client.ExpectAsync("connected");

        Assert.Contains("The authentication of the connection has expired.", await client.ExpectAsync("reconnecting"), StringComparison.Ordinal);
        Assert.NotEqual(first, await client.ExpectAsync("reconnected"));
        Assert.True(client.IsRenewed);
        await SendAsync(node, "welcome back");
        Assert.Equal("welcome back", await client.ExpectAsync("said"));
    }

    /// <summary>A poll with the old token is refused with 401. The client of .NET asks its factory and polls again, and its connection goes on; that of JavaScript comes back.</summary>
    [Theory]
    [InlineData("JavaScript")]
    [InlineData(".NET")]
    public async Task Refresh_TokenOfLongPollingExpires_GoesOnOrComesBackWithTheFactorysNextToken(string language)
    {
        await using var node = await new NodeProcess { Environment = "Production" }.StartAsync();
        await using var client = await ReconnectingClient.StartAsync(language, $"{node.Url}/client/?hub=chat", HttpTransportType.LongPolling, RefusedSoon);
        var first = await client.ExpectAsync("connected");

        if (language == ".NET")
        {
            await client.ExpectAsync(ReconnectingClient.Renewed);
        }
        else
        {
            Assert.Contains("401", await client.ExpectAsync("reconnecting"), StringComparison.Ordinal);
            Assert.NotEqual(first, await client.ExpectAsync("reconnected"));
            Assert.True(client.IsRenewed);
        }

        await SendAsync(node, "still here");
        Assert.Equal("still here", await client.ExpectAsync("said"));
    }

    /// <summary>The application's negotiate is asked again, and gives another token; the connection is another one, and in no group.</summary>
    [Theory]
    [MemberData(nameof(Clients))]
    public async Task Reconnect_NodeStopsAndStartsAgain_ComesBackAsAnotherWithoutGroups(string language, HttpTransportType transport)
    {
        await using var node = await new NodeProcess { Log = "embedded" }.StartAsync();
        await using var client = await ReconnectingClient.StartAsync(language, $"{node.Url}/api?hub=chat&user=ada", transport);
        var first = await client.ExpectAsync("connected");
        await CallAsync(node, HttpMethod.Put, $"/api/v1/hubs/chat/groups/room/connections/{first}");
        await SendAsync(node, "to the group", "/groups/room");
        Assert.Equal("to the group", await client.ExpectAsync("said"));

        Assert.Equal(0, await node.StopAsync());
        Assert.Contains("The node is stopping.", await client.ExpectAsync("reconnecting"), StringComparison.Ordinal);
        await node.StartAsync();
        Assert.NotEqual(first, await client.ExpectAsync("reconnected"));
        await SendAsync(node, "to the group", "/groups/room");
        await SendAsync(node, "welcome back");
        Assert.Equal("welcome back", await client.ExpectAsync("said"));
    }

    [Theory]
    [MemberData(nameof(Clients))]
    public async Task Reconnect_NodeIsKilledAndStartsAgain_ComesBack(string language, HttpTransportType transport)
    {
        await using var node = await new NodeProcess().StartAsync();
        await using var client = await ReconnectingClient.StartAsync(language, $"{node.Url}/api?hub=chat&user=ada", transport);
        var first = await client.ExpectAsync("connected");

        await node.KillAsync();
        await client.ExpectAsync("reconnecting");
        await node.StartAsync();
        Assert.NotEqual(first, await client.ExpectAsync("reconnected"));
        await SendAsync(node, "welcome back");
        Assert.Equal("welcome back", await client.ExpectAsync("said"));
    }

    /// <summary>A token whose authentication expires in some seconds; then the next one.</summary>
    private static FactoryTokens ExpiredSoon()
    {
        var expires = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() + 5;
        var token = WireClient.Token($"\"asrs.s.coae\":\"true\",\"asrs.s.aeo\":\"{expires}\"");
        return new(token, DateTimeOffset.FromUnixTimeSeconds(expires), WireClient.Token());
    }

    /// <summary>A token that is refused in some seconds, when its time and the skew have passed; then the next one.</summary>
    private static FactoryTokens RefusedSoon()
    {
        var refused = DateTimeOffset.FromUnixTimeSeconds(TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() + 5);
        return new(WireClient.Token(expires: (refused - TokenValidator.Skew).ToUnixTimeSeconds()), refused, WireClient.Token());
    }

    private static Task SendAsync(NodeProcess node, string text, string to = "") =>
        CallAsync(node, HttpMethod.Post, $"/api/v1/hubs/chat{to}", $$"""{"target":"said","arguments":["{{text}}"]}""");

    private static async Task CallAsync(NodeProcess node, HttpMethod method, string path, string? body = null)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(method, node.Url + path);
        request.Headers.Authorization = new("Bearer", Jwt.ForApi($"http://localhost{path}", NodeProcess.Key));
        request.Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json");
        using var answer = await http.SendAsync(request, Stop);
        Assert.True(answer.IsSuccessStatusCode, $"{method} {path}: {answer.StatusCode}");
    }
}
