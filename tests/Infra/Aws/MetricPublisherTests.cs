using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Serverless.SelfHost.Aws;
using Serverless.Tests.Core;
using Serverless.Tests.Core.Connections;
using Xunit;

namespace Serverless.Tests.Infra.Aws;

/// <summary>The metric by which a group scales, as the agent reads it.</summary>
public sealed class MetricPublisherTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Publish_EachMinute_HasTheConnectionsOfThen()
    {
        using var agent = new TcpListener(IPAddress.Loopback, 0);
        agent.Start();
        var time = new FakeTimeProvider();
        await using var node = new TestNode();
        await node.ConnectAsync("one");
        var (two, _) = await node.ConnectAsync("two");
        var options = new AwsOptions { Enabled = true, Group = "nodes", Hook = "drain", Agent = new($"tcp://{agent.LocalEndpoint}") };
        using var publisher = new MetricPublisher(node.Connections, Options.Create(options), time, NullLogger<MetricPublisher>.Instance);
        await publisher.StartAsync(Stop);
        Assert.Equal(2, await ReadAsync(agent));

        await node.Connections.CloseAsync(TestEvents.Chat, two);
        time.Advance(TimeSpan.FromSeconds(59));
        Assert.False(agent.Pending());
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(1, await ReadAsync(agent));
        await publisher.StopAsync(Stop);
    }

    private static async Task<int> ReadAsync(TcpListener agent)
    {
        using var connection = await agent.AcceptTcpClientAsync(Stop).AsTask().In();
        using var reader = new StreamReader(connection.GetStream());
        using var line = JsonDocument.Parse((await reader.ReadLineAsync(Stop).AsTask().In())!);
        return line.RootElement.GetProperty("websocket_connections").GetInt32();
    }
}
