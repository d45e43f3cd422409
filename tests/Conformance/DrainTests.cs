using System.Net;
using System.Net.WebSockets;
using Microsoft.AspNetCore.Http.Connections;
using Serverless.Tests.Fixtures;
using Serverless.Tests.SelfHost.Security;
using Serverless.Tests.SelfHost.Transports;
using Xunit;

namespace Serverless.Tests.Conformance;

/// <summary>Stock clients of a node that is drained come back to another one, by themselves.</summary>
public sealed class DrainTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Drain_OneOfTwoNodes_AllItsClientsComeBackToTheOther()
    {
        var admin = TestPorts.Next();
        await using var old = await new NodeProcess { Settings = new Dictionary<string, string> { ["Serverless:Admin:Urls"] = $"http://127.0.0.1:{admin}" } }.StartAsync();
        await using var other = new NodeProcess();
        await using var proxy = await RoundRobinProxy.StartForReadyAsync(old.Url, other.Url);
        // two in a row: the other one isn't asked
        using var http = new HttpClient();
        await Wait.UntilAsync(async () => await IsReadyAsync(http, proxy.Url) && await IsReadyAsync(http, proxy.Url), "The proxy has no node.");
        var clients = new List<ReconnectingClient>();
        var ids = new List<string?>();
        foreach (var language in new[] { "JavaScript", ".NET" })
        {
            foreach (var transport in new[] { HttpTransportType.WebSockets, HttpTransportType.ServerSentEvents, HttpTransportType.LongPolling })
            {
                var client = await ReconnectingClient.StartAsync(language, $"{proxy.Url}/api?hub=chat&user=ada", transport);
                clients.Add(client);
                ids.Add(await client.ExpectAsync("connected"));
            }
        }

        await other.StartAsync();
        using var drained = await http.PostAsync(new Uri($"http://127.0.0.1:{admin}/api/admin/drain"), null, Stop);
        Assert.Equal("""{"closed":6,"remaining":0}""", await drained.Content.ReadAsStringAsync(Stop));
        for (var i = 0; i < clients.Count; i++)
        {
            Assert.Contains("The node is draining.", await clients[i].ExpectAsync("reconnecting"), StringComparison.Ordinal);
            Assert.NotEqual(ids[i], await clients[i].ExpectAsync("reconnected"));
        }

        // each node has a log of its own: only clients of this one hear it
        await PublishAsync(http, other);
        foreach (var client in clients)
        {
            Assert.Equal("here", await client.ExpectAsync("said"));
            await client.DisposeAsync();
        }

        await AssertRefusesAsync(http, old);
    }

    private static async Task AssertRefusesAsync(HttpClient http, NodeProcess node)
    {
        foreach (var path in new[] { "/api/negotiate?hub=chat&user=ada", "/client/negotiate?hub=chat&negotiateVersion=1" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, node.Url + path);
            request.Headers.Authorization = new("Bearer", path.StartsWith("/client", StringComparison.Ordinal) ? WireClient.Token() : null);
            using var refused = await http.SendAsync(request, Stop);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
            Assert.Equal("1", refused.Headers.RetryAfter?.ToString());
            Assert.Contains("The node is draining.", await refused.Content.ReadAsStringAsync(Stop), StringComparison.Ordinal);
        }

        using var socket = new ClientWebSocket();
        var address = new Uri($"{node.Url.Replace("http", "ws", StringComparison.Ordinal)}/client/?hub=chat&access_token={WireClient.Token()}");
        Assert.Contains("503", (await Assert.ThrowsAsync<WebSocketException>(() => socket.ConnectAsync(address, Stop))).Message, StringComparison.Ordinal);
        Assert.False(await IsReadyAsync(http, node.Url));
    }

    private static async Task<bool> IsReadyAsync(HttpClient http, string url)
    {
        using var answer = await http.GetAsync(new Uri($"{url}/health/ready"), Stop);
        return answer.IsSuccessStatusCode;
    }

    private static async Task PublishAsync(HttpClient http, NodeProcess node)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{node.Url}/api/v1/hubs/chat");
        request.Headers.Authorization = new("Bearer", Jwt.ForApi("http://localhost/api/v1/hubs/chat", NodeProcess.Key));
        request.Content = new StringContent("""{"target":"said","arguments":["here"]}""", System.Text.Encoding.UTF8, "application/json");
        using var answer = await http.SendAsync(request, Stop);
        Assert.True(answer.IsSuccessStatusCode, $"{answer.StatusCode}");
    }
}
