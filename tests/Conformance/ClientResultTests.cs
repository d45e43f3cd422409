using System.Text;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Tests.Fixtures;
using Serverless.Tests.SelfHost.Security;
using Xunit;

namespace Serverless.Tests.Conformance;

/// <summary>Stock clients that are asked for results over REST, over each transport and protocol, at one node and at two behind a balancer.</summary>
public sealed class ClientResultTests(Topologies topologies)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [ClassData(typeof(ClientMatrix))]
    public async Task Invoke_DotNetClient_GivesItsResult(Topology topology, HttpTransportType transport, string protocol)
    {
        var url = await topologies.UrlAsync(topology);
        var hub = $"h{Guid.NewGuid():N}";
        var builder = new HubConnectionBuilder().WithUrl($"{url}/api?hub={hub}&user=ada", options => options.Transports = transport);
        await using var client = (protocol == "messagepack" ? builder.AddMessagePackProtocol() : builder).Build();
        client.On<int, int, string>("add", (a, b) => $"{a + b}");
        client.On<string, bool>("fail", bool (_) => throw new HubException("not today"));
        client.On("bytes", () => new byte[] { 1, 2, 250 });
        await client.StartAsync(Stop);

        Assert.Equal("""200 {"result":"5"}""", await AskAsync(url, hub, client.ConnectionId!, "add", "[2,3]"));
        Assert.Equal("""200 {"result":"AQL6"}""", await AskAsync(url, hub, client.ConnectionId!, "bytes", "[]"));
        var failed = await AskAsync(url, hub, client.ConnectionId!, "fail", "[\"x\"]");
        Assert.StartsWith("400 ", failed, StringComparison.Ordinal);
        Assert.Contains("not today", failed, StringComparison.Ordinal);
        Assert.StartsWith("400 ", await AskAsync(url, hub, client.ConnectionId!, "nothing", "[]"), StringComparison.Ordinal);
    }

    [Theory]
    [ClassData(typeof(ClientMatrix))]
    public async Task Invoke_JavaScriptClient_GivesItsResult(Topology topology, HttpTransportType transport, string protocol)
    {
        var url = await topologies.UrlAsync(topology);
        var hub = $"h{Guid.NewGuid():N}";
        await using var client = NodeJsScript.Start("results.mjs", $"{url}/api?hub={hub}&user=ada", transport.ToString(), protocol);
        var connection = (await client.NextAsync()).Detail!;

        Assert.Equal("""200 {"result":{"sum":5,"of":[2,3]}}""", await AskAsync(url, hub, connection, "add", "[2,3]"));
        Assert.Contains("not today", await AskAsync(url, hub, connection, "fail", "[]"), StringComparison.Ordinal);
        Assert.Equal("""200 {"result":null}""", await AskAsync(url, hub, connection, "quiet", "[]"));
        Assert.StartsWith("400 ", await AskAsync(url, hub, connection, "nothing", "[]"), StringComparison.Ordinal);
    }

    private static async Task<string> AskAsync(string url, string hub, string connection, string target, string arguments)
    {
        var path = $"/api/hubs/{hub}/connections/{connection}/:invoke";
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{url}{path}?api-version=2024-12-01");
        request.Headers.Authorization = new("Bearer", Jwt.ForApi($"http://localhost{path}", NodeProcess.Key));
        request.Content = new StringContent($$"""{"target":"{{target}}","arguments":{{arguments}}}""", Encoding.UTF8, "application/json");
        using var answer = await http.SendAsync(request, Stop);
        return $"{(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync(Stop)}";
    }
}
