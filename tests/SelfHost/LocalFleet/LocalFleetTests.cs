using Microsoft.AspNetCore.SignalR.Client;
using Serverless.SelfHost.Hosting;
using Serverless.SelfHost.LocalFleet;
using Serverless.Tests.Fixtures;
using Xunit;

namespace Serverless.Tests.SelfHost.LocalFleet;

/// <summary>The command <c>fleet</c>, with its real processes.</summary>
public sealed class LocalFleetTests
{
    private static readonly TimeSpan Guard = TimeSpan.FromSeconds(30);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Fleet_TwoShards_ServesClientsNamesTheDeadAndLeavesNothing()
    {
        await using var fleet = new FleetProcess();
        await fleet.UntilPrintedAsync("Ctrl-C ends all.");
        var shards = fleet.Shards;
        Assert.Equal(["us-east", "eu-west"], shards.Select(shard => shard["name"]!.GetValue<string>()));
        Assert.All(shards, shard => Assert.Equal(("active", 1), (shard["state"]!.GetValue<string>(), shard["weight"]!.GetValue<int>())));
        foreach (var endpoint in shards.Select(shard => shard["endpoint"]!.GetValue<string>()).Append($"http://127.0.0.1:{fleet.Port}"))
        {
            Assert.Equal(endpoint, await SaidAsync(endpoint));
        }

        // the fleet's own processes are seen, or the last assertion couldn't fail: two of Redis, two nodes, three nginx with workers
        Assert.InRange(Leftovers.In(fleet.Data).Count, 10, 100);
        var second = await RefusedAsync(fleet.Data);
        Assert.Contains("is running, or a killed one left processes", second, StringComparison.Ordinal);

        var node = fleet.Output.Split("us-east-1")[1].Split("process ")[1].Split('\n')[0].Trim();
        await RedisServer.RunAsync("kill", "-KILL", node);
        await fleet.UntilPrintedAsync($"node-us-east-1 (process {node}) ended with 137.");
        Assert.Equal("eu-west", await SaidAsync(shards[1]["endpoint"]!.GetValue<string>(), "eu-west"));

        Assert.Equal(0, await fleet.StopAsync());
        Assert.Empty(Leftovers.In(fleet.Data));
    }

    [Fact]
    public async Task Fleet_WithoutRedis_SaysHowToInstallIt()
    {
        await using var fleet = new FleetProcess(path: "/nowhere");
        Assert.Equal(1, await fleet.EndAsync());
        Assert.Contains("needs redis-server, on the PATH. Debian, Ubuntu: sudo apt-get install redis-server nginx-light", fleet.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_AgainWithOtherPorts_KeepsWeightsAndStates()
    {
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, """[{"name":"eu-west","region":"eu-west","endpoint":"http://127.0.0.1:1","weight":0.5,"state":"draining"}]""");
            var plan = FleetPlan.For(2, 1);
            FleetFile.Write(file, plan);
            Assert.Equal(
                $$"""
                [
                  {"name":"us-east","region":"us-east","endpoint":"{{plan.Shards[0].Endpoint}}","weight":1,"state":"active"},
                  {"name":"eu-west","region":"eu-west","endpoint":"{{plan.Shards[1].Endpoint}}","weight":0.5,"state":"draining"}
                ]

                """,
                File.ReadAllText(file));
            File.WriteAllText(file, "[{");
            Assert.Contains("is no fleet description", Assert.Throws<StartException>(() => FleetFile.Write(file, plan)).Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>What a client at this address is told that sends it to all.</summary>
    private static async Task<string> SaidAsync(string url, string? text = null)
    {
        var said = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var client = new HubConnectionBuilder().WithUrl($"{url}/api?hub=fleet&user=ada").Build();
        client.On<string>("said", word => said.TrySetResult(word));
        await client.StartAsync(Stop);
        await client.InvokeAsync("Broadcast", "said", text ?? url, Stop);
        return await said.Task.WaitAsync(Guard, Stop);
    }

    /// <summary>What a second fleet in the same folder prints.</summary>
    private static async Task<string> RefusedAsync(string data)
    {
        var second = new FleetProcess(data);
        Assert.Equal(1, await second.EndAsync());
        return second.Output;
    }
}
