using System.Net;
using System.Net.Sockets;
using Serverless.SelfHost.Security;
using Serverless.Tests.Fixtures;
using Xunit;

namespace Serverless.Tests.SelfHost.Hosting;

/// <summary>How the program starts, and what it says when it can't.</summary>
public sealed class StartTests
{
    [Fact]
    public async Task Start_ProductionWithoutKey_SaysWhatToSet()
    {
        await using var node = new NodeProcess { Environment = "Production", Settings = new Dictionary<string, string> { ["Serverless:Keys:Primary"] = "" } };

        Assert.Equal(1, await node.RunToEndAsync());
        AssertExplained(node, "Serverless:Keys:Primary", "Serverless__Keys__Primary", "32 bytes");
    }

    [Fact]
    public async Task Start_SeveralFaults_AreToldInOneMessage()
    {
        await using var node = new NodeProcess
        {
            Environment = "Production",
            Settings = new Dictionary<string, string>
            {
                ["Serverless:Keys:Primary"] = "short",
                ["Serverless:Batching:Linger"] = "00:00:01",
                ["Serverless:Log:RedisPartitions"] = "0",
                ["Serverless:Connections:MaxConnections"] = "0",
                ["Serverless:Http:MaxBodyBytes"] = "many",
                ["Serverless:Node:PublicEndpoint"] = "ftp://example.com",
            },
        };

        Assert.Equal(1, await node.RunToEndAsync());
        AssertExplained(
            node,
            "Serverless:Keys:Primary has fewer than 32 bytes",
            "Serverless:Batching:Linger must be between",
            "Serverless:Log:RedisPartitions must be between",
            "Serverless:Connections:MaxConnections must be between",
            "'many' at 'Serverless:Http:MaxBodyBytes'",
            "Serverless:Node:PublicEndpoint must be");
    }

    [Fact]
    public async Task Start_PortInUse_SaysSo()
    {
        await using var node = new NodeProcess();
        using var other = new TcpListener(IPAddress.Loopback, node.Port);
        other.Start();

        Assert.Equal(1, await node.RunToEndAsync());
        AssertExplained(node, $"{node.Port}", "already in use", "--urls");
    }

    [Fact]
    public async Task Start_LogOpenElsewhere_SaysSo()
    {
        await using var first = await new NodeProcess { Log = "embedded" }.StartAsync();
        await using var second = new NodeProcess { Log = "embedded", Arguments = ["--data", Path.Combine(first.Folder, "data")] };

        Assert.Equal(1, await second.RunToEndAsync());
        AssertExplained(second, "Serverless:Log:Path");
    }

    [Fact]
    public async Task Start_Development_NeedsNoSettingsAndPrintsTheConnectionString()
    {
        await using var node = await new NodeProcess { Settings = new Dictionary<string, string> { ["Serverless:Keys:Primary"] = "" } }.StartAsync();

        Assert.Contains($"Endpoint=http://127.0.0.1;Port={node.Port};AccessKey={DevelopmentKey.Value};Version=1.0;", node.Output, StringComparison.Ordinal);
        Assert.Contains($"http://127.0.0.1:{node.Port}/\n", node.Output, StringComparison.Ordinal);
        Assert.Contains("memory", node.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_Production_PrintsNoKey()
    {
        await using var node = await new NodeProcess { Environment = "Production" }.StartAsync();

        Assert.Contains("AccessKey=<as configured>", node.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(NodeProcess.Key, node.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stop_Terminated_EndsWithZero()
    {
        await using var node = await new NodeProcess { Log = "embedded" }.StartAsync();

        Assert.Equal(0, await node.StopAsync());
    }

    [Fact]
    public async Task Command_UnknownOption_EndsWithOneAndHelp()
    {
        await using var node = new NodeProcess { Arguments = ["--nix"] };

        Assert.Equal(1, await node.RunToEndAsync());
        Assert.Contains("--nix", node.Output, StringComparison.Ordinal);
        Assert.Contains("--urls", node.Output, StringComparison.Ordinal);
    }

    private static void AssertExplained(NodeProcess node, params string[] expected)
    {
        foreach (var text in expected)
        {
            Assert.Contains(text, node.Output, StringComparison.Ordinal);
        }

        Assert.Contains("The node can't start.", node.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", node.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", node.Output, StringComparison.Ordinal);
    }
}
