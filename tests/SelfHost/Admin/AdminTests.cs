using System.Net;
using Serverless.SelfHost.Hosting;
using Serverless.Tests.Fixtures;
using Serverless.Tests.SelfHost.Transports;
using Xunit;
using HttpTransportType = Microsoft.AspNetCore.Http.Connections.HttpTransportType;

namespace Serverless.Tests.SelfHost.Admin;

/// <summary>What is served at which port.</summary>
public sealed class AdminTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("GET", "/drain")]
    [InlineData("POST", "/drain")]
    [InlineData("POST", "/api/admin/drain")]
    [InlineData("GET", "/metrics")]
    public async Task ClientPort_AdminPaths_Are404(string verb, string target)
    {
        var port = TestPorts.Next();
        await using var node = await StartAsync(port);

        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(node.Address.Port, verb, target));
        // what a proxy or a client says of host and port doesn't count
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(node.Address.Port, verb, target, $"127.0.0.1:{port}"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(node.Address.Port, "GET", "/health/ready"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(port, verb, target));
    }

    [Theory]
    [InlineData("POST", "/api/negotiate?hub=chat")]
    [InlineData("POST", "/client/negotiate?hub=chat")]
    [InlineData("GET", "/client?hub=chat")]
    [InlineData("POST", "/api/v1/hubs/chat")]
    [InlineData("GET", "/")]
    public async Task AdminPort_ClientPaths_Are404(string verb, string target)
    {
        var port = TestPorts.Next();
        await using var node = await StartAsync(port);

        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(port, verb, target));
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(port, verb, target, $"127.0.0.1:{node.Address.Port}"));
    }

    [Fact]
    public async Task AdminPort_WebSocket_IsRefused()
    {
        var port = TestPorts.Next();
        await using var node = await StartAsync(port);
        using var socket = new System.Net.WebSockets.ClientWebSocket();
        var address = new Uri($"ws://127.0.0.1:{port}/client/?hub=chat&access_token={WireClient.Token()}");
        var fault = await Assert.ThrowsAsync<System.Net.WebSockets.WebSocketException>(() => socket.ConnectAsync(address, Stop));
        Assert.Contains("404", fault.Message, StringComparison.Ordinal);

        using var good = new System.Net.WebSockets.ClientWebSocket();
        await good.ConnectAsync(new($"ws://127.0.0.1:{node.Address.Port}/client/?hub=chat&access_token={WireClient.Token()}"), Stop);
    }

    [Theory]
    [InlineData("/health/live")]
    [InlineData("/health/ready")]
    public async Task Health_BothPorts_Answer(string target)
    {
        var port = TestPorts.Next();
        await using var node = await StartAsync(port);

        Assert.Equal(HttpStatusCode.OK, await StatusAsync(port, "GET", target));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(node.Address.Port, "GET", target));
    }

    [Fact]
    public async Task AdminPort_KestrelsOwnSection_IsServedBesideIt()
    {
        var (client, port) = (TestPorts.Next(), TestPorts.Next());
        await using var node = await Node.StartAsync(("Kestrel:Endpoints:Zed:Url", $"http://127.0.0.1:{client}"), ("Serverless:Admin:Urls", $"http://127.0.0.1:{port}"));

        Assert.Equal(HttpStatusCode.OK, await StatusAsync(port, "GET", "/metrics"));
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(client, "GET", "/metrics"));
        Assert.Equal($"http://127.0.0.1:{client}", node.Service<Serverless.SelfHost.Peers.NodeAddress>().Value);
    }

    [Theory]
    [InlineData("http://127.0.0.1:0", "with a port")]
    [InlineData("nonsense", "must be an http or https address")]
    [InlineData("http://127.0.0.1:9090/path", "without a path")]
    [InlineData("http://127.0.0.2:8123", "clients use the port 8123")]
    public void Urls_Wrong_StopTheStart(string urls, string expected)
    {
        var fault = Assert.Throws<StartException>(() => NodeApplication.Build(new Dictionary<string, string?>
        {
            ["urls"] = "http://127.0.0.1:8123",
            ["Serverless:Log:Kind"] = "memory",
            ["Serverless:Keys:Primary"] = NodeProcess.Key,
            ["Serverless:Admin:Urls"] = urls,
        }));

        Assert.Contains("Serverless:Admin:Urls", fault.Message, StringComparison.Ordinal);
        Assert.Contains(expected, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Drain_OverTheAdminPort_ClosesEachAndTellsHowMany()
    {
        var port = TestPorts.Next();
        await using var node = await StartAsync(port);
        using var events = await WireConnection.OpenAsync(node.Address, HttpTransportType.ServerSentEvents);
        using var polling = await WireConnection.OpenAsync(node.Address, HttpTransportType.LongPolling);
        using var http = new HttpClient();
        var draining = http.PostAsync(new Uri($"http://127.0.0.1:{port}/api/admin/drain"), null, Stop);
        var joined = http.GetStringAsync(new Uri($"http://127.0.0.1:{port}/drain"), Stop);
        foreach (var connection in new[] { events, polling })
        {
            Assert.Equal("""{"type":7,"error":"The node is draining.","allowReconnect":true}""", await connection.NextAsync());
            Assert.Null(await connection.NextAsync());
        }

        using var answer = await draining;
        Assert.Equal("""{"closed":2,"remaining":0}""", await answer.Content.ReadAsStringAsync(Stop));
        Assert.Equal("""{"closed":2,"remaining":0}""", await joined);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await StatusAsync(port, "GET", "/health/ready"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(port, "GET", "/health/live"));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await StatusAsync(node.Address.Port, "GET", "/health/ready"));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await StatusAsync(node.Address.Port, "POST", "/api/negotiate?hub=chat"));
    }

    private static Task<Node> StartAsync(int port) => Node.StartAsync(("Serverless:Admin:Urls", $"http://127.0.0.1:{port}"));

    private static async Task<HttpStatusCode> StatusAsync(int port, string verb, string target, string? host = null)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(new(verb), $"http://127.0.0.1:{port}{target}");
        request.Headers.Host = host;
        using var answer = await http.SendAsync(request, Stop);
        return answer.StatusCode;
    }
}
