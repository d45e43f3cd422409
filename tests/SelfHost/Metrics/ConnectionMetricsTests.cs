using Serverless.Connections;
using Serverless.Events;
using Serverless.Tests.Core.Connections;
using Serverless.Tests.Fixtures;
using Serverless.Tests.SelfHost.Transports;
using Xunit;
using HttpTransportType = Microsoft.AspNetCore.Http.Connections.HttpTransportType;

namespace Serverless.Tests.SelfHost.Metrics;

/// <summary>What autoscaling goes by, as Prometheus reads it.</summary>
public sealed class ConnectionMetricsTests
{
    private static readonly string[] Transports = ["LongPolling", "ServerSentEvents", "WebSockets"];

    [Fact]
    public async Task Scrape_ClientsOfEachTransport_AreCountedAndGoneWhenTheyHaveLeft()
    {
        var port = TestPorts.Next();
        // a process of its own: metrics are the process's
        await using var node = await new NodeProcess { Settings = new Dictionary<string, string> { ["Serverless:Admin:Urls"] = $"http://127.0.0.1:{port}" } }.StartAsync();
        var open = new List<WireConnection>();
        foreach (var transport in new[] { HttpTransportType.WebSockets, HttpTransportType.ServerSentEvents, HttpTransportType.ServerSentEvents, HttpTransportType.LongPolling })
        {
            open.Add(await WireConnection.OpenAsync(new(node.Url), transport));
        }

        await UntilAsync(port, new() { ["LongPolling"] = 1, ["ServerSentEvents"] = 2, ["WebSockets"] = 1 });
        foreach (var connection in open)
        {
            connection.Dispose();
        }

        await UntilAsync(port, new() { ["LongPolling"] = 1, ["ServerSentEvents"] = 0, ["WebSockets"] = 0 });
        using var ended = await open[^1].Client.SendAsync(HttpMethod.Delete);
        await UntilAsync(port, new() { ["LongPolling"] = 0, ["ServerSentEvents"] = 0, ["WebSockets"] = 0 });
    }

    /// <summary>Hubs are named by applications: their series end at a limit, and the sum is right all the same.</summary>
    [Fact]
    public async Task Observe_MoreHubsThanMaySeries_AreCountedTogether()
    {
        await using var node = new TestNode();
        using var meters = new TestMeters();
        _ = new ConnectionMetrics(meters, node.Connections);
        for (var i = 0; i < 1010; i++)
        {
            var (connection, _) = TestNode.New($"c{i}");
            Assert.True(await node.Connections.OpenAsync(new StreamName($"hub{i}"), connection, CancellationToken.None));
        }

        var measured = meters.Read(ConnectionMetrics.Connections);
        Assert.Equal(1010, measured.Values.Sum());
        Assert.Equal(1001, measured.Count);
        Assert.Equal(10, measured[ConnectionMetrics.OtherHubs]);
    }

    private static async Task UntilAsync(int port, Dictionary<string, int> expected)
    {
        var last = "";
        try
        {
            await Wait.UntilAsync(
                async () =>
                {
                    using var http = new HttpClient();
                    last = await http.GetStringAsync(new Uri($"http://127.0.0.1:{port}/metrics"));
                    return Transports.All(name => Value(last, name) == $"{expected[name]}");
                },
                "The metrics aren't as expected.");
        }
        catch (Exception fault)
        {
            throw new InvalidOperationException($"The last scrape was:\n{last}", fault);
        }
    }

    private static string? Value(string scrape, string transport) =>
        scrape.Split('\n').SingleOrDefault(line => line.StartsWith($"websocket_connections{{hub=\"chat\",transport=\"{transport}\"}} ", StringComparison.Ordinal))?.Split(' ')[1];
}
