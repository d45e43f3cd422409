using System.Text.Json;
using Serverless.SelfHost.Hosting;
using Serverless.Tests.Conformance;
using Serverless.Tests.Fixtures;
using Xunit;
using HttpTransportType = Microsoft.AspNetCore.Http.Connections.HttpTransportType;

namespace Serverless.Tests.Infra.Aws;

/// <summary>A real node on what it takes for an instance of an Auto Scaling group.</summary>
public sealed class AwsDrainTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Terminated_NodeWithClients_TheyComeBackElsewhereAndTheHookIsCompletedOnce()
    {
        await using var aws = await AwsStandIn.StartAsync();
        aws.Faults = 1;
        await using var old = await new NodeProcess { Settings = aws.Settings }.StartAsync();
        await using var other = new NodeProcess();
        await using var proxy = await RoundRobinProxy.StartForReadyAsync(old.Url, other.Url);
        using var http = new HttpClient();
        await Wait.UntilAsync(async () => await IsReadyAsync(http, proxy.Url) && await IsReadyAsync(http, proxy.Url), "The proxy has no node.");
        await using var one = await ReconnectingClient.StartAsync("JavaScript", $"{proxy.Url}/api?hub=chat&user=ada", HttpTransportType.LongPolling);
        await using var two = await ReconnectingClient.StartAsync(".NET", $"{proxy.Url}/api?hub=chat&user=ada", HttpTransportType.WebSockets);
        var first = await one.ExpectAsync("connected");
        await two.ExpectAsync("connected");
        await other.StartAsync();
        Assert.True(await IsReadyAsync(http, old.Url));
        Assert.False(aws.HasCalls);

        aws.State = "Terminated";
        foreach (var client in new[] { one, two })
        {
            Assert.Contains("The node is draining.", await client.ExpectAsync("reconnecting"), StringComparison.Ordinal);
            Assert.NotEqual(first, await client.ExpectAsync("reconnected"));
        }

        // its signature was checked, and the first attempt was answered with 503
        var completed = await aws.CallAsync();
        Assert.Equal("CompleteLifecycleAction", completed["Action"]);
        Assert.Equal("2011-01-01", completed["Version"]);
        Assert.Equal("CONTINUE", completed["LifecycleActionResult"]);
        Assert.Equal(AwsStandIn.Group, completed["AutoScalingGroupName"]);
        Assert.Equal(AwsStandIn.Hook, completed["LifecycleHookName"]);
        Assert.Equal(AwsStandIn.Instance, completed["InstanceId"]);
        Assert.Equal(0, await old.StopAsync());
        Assert.False(aws.HasCalls);
    }

    [Fact]
    public async Task Metric_AtTheAgentsSocket_IsInTheEmbeddedFormat()
    {
        await using var aws = await AwsStandIn.StartAsync();
        await using var node = await new NodeProcess { Settings = aws.Settings }.StartAsync();

        using var json = JsonDocument.Parse(await aws.MetricAsync());
        var root = json.RootElement;
        Assert.Equal(0, root.GetProperty("websocket_connections").GetInt32());
        Assert.Equal(AwsStandIn.Group, root.GetProperty("AutoScalingGroupName").GetString());
        var written = DateTimeOffset.FromUnixTimeMilliseconds(root.GetProperty("_aws").GetProperty("Timestamp").GetInt64());
        Assert.InRange(TimeProvider.System.GetUtcNow() - written, TimeSpan.FromSeconds(-1), TimeSpan.FromMinutes(1));
        var metric = Assert.Single(root.GetProperty("_aws").GetProperty("CloudWatchMetrics").EnumerateArray());
        Assert.Equal("Serverless", metric.GetProperty("Namespace").GetString());
        Assert.Equal("""[["AutoScalingGroupName"]]""", metric.GetProperty("Dimensions").GetRawText());
        Assert.Equal("""[{"Name":"websocket_connections","Unit":"Count"}]""", metric.GetProperty("Metrics").GetRawText());
    }

    [Fact]
    public async Task Metadata_Away_TheNodeServesAndSaysSoOnce()
    {
        await using var aws = await AwsStandIn.StartAsync();
        aws.IsAway = true;
        await using var node = await new NodeProcess { Settings = aws.Settings }.StartAsync();
        await Wait.UntilAsync(() => Task.FromResult(node.Output.Contains("metadata can't be read", StringComparison.Ordinal)), "It says nothing.");
        using var http = new HttpClient();
        Assert.True(await IsReadyAsync(http, node.Url));

        aws.IsAway = false;
        await Wait.UntilAsync(() => Task.FromResult(node.Output.Contains("can be read again", StringComparison.Ordinal)), "It doesn't ask again.");
        Assert.Equal(2, node.Output.Split("metadata can't be read").Length);
    }

    [Theory]
    [InlineData("Enabled", "true", "Serverless:Aws:Group must name")]
    [InlineData("Enabled", "true", "Serverless:Aws:Hook must name")]
    [InlineData("Agent", "udp://127.0.0.1:1", "Serverless:Aws:Agent must be")]
    [InlineData("Metadata", "ftp://127.0.0.1", "Serverless:Aws:Metadata must be")]
    [InlineData("AutoScaling", "nonsense", "Serverless:Aws:AutoScaling must be")]
    public void Settings_Wrong_StopTheStart(string setting, string value, string expected)
    {
        var fault = Assert.Throws<StartException>(() => NodeApplication.Build(new Dictionary<string, string?>
        {
            ["Serverless:Log:Kind"] = "memory",
            ["Serverless:Keys:Primary"] = NodeProcess.Key,
            [$"Serverless:Aws:{setting}"] = value,
        }));

        Assert.Contains(expected, fault.Message, StringComparison.Ordinal);
    }

    private static async Task<bool> IsReadyAsync(HttpClient http, string url)
    {
        using var answer = await http.GetAsync(new Uri($"{url}/health/ready"), Stop);
        return answer.IsSuccessStatusCode;
    }
}
