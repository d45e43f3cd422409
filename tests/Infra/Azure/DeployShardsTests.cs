using Xunit;

namespace Serverless.Tests.Infra.Azure;

/// <summary>infra/hooks/deploy-shards.cs with a stub of azd and a health endpoint on loopback.</summary>
[Collection(HookPrograms.Collection)]
public sealed class DeployShardsTests(HookPrograms hooks) : IDisposable
{
    private readonly StubTools _tools = new("azd");

    public void Dispose() => _tools.Dispose();

    [Fact]
    public async Task Deploy_SeveralShards_GoesInOrderBehindTheGate()
    {
        var run = await RunAsync((_, _) => 200, "us:active", "west:lost", "eu:draining", "ap:active");
        Assert.True(run.Code == 0, run.Text);
        Assert.Equal([.. Healthy("us"), Deployed("eu"), .. Healthy("eu"), Deployed("ap"), .. Healthy("ap")], _tools.Calls);
    }

    [Fact]
    public async Task Deploy_ShardThatFlaps_WaitsForThreeInARow()
    {
        var run = await RunAsync((shard, count) => shard == "us" && count is 1 or 3 ? 503 : 200, "us:active", "eu:active");
        Assert.True(run.Code == 0, run.Text);
        Assert.Equal(6, _tools.Calls.TakeWhile(call => call == "health us").Count());
    }

    [Fact]
    public async Task Deploy_UnhealthyShard_StopsBeforeTheNext()
    {
        await using var health = await HealthEndpoint.StartAsync(_tools, (shard, _) => shard == "eu" ? 503 : 200);
        var run = await RunAsync(health.Shards("us:active", "eu:active", "ap:active"), ("SERVERLESS_HEALTH_PATIENCE", "10"));
        Assert.Equal(1, run.Code);
        Assert.Contains("eu: not healthy within 10 s", run.Errors, StringComparison.Ordinal);
        Assert.Contains(Deployed("eu"), _tools.Calls);
        Assert.DoesNotContain(Deployed("ap"), _tools.Calls);
    }

    [Fact]
    public async Task Deploy_FailingDeployment_StopsWithItsCode()
    {
        await using var health = await HealthEndpoint.StartAsync(_tools, (_, _) => 200);
        var run = await RunAsync(health.Shards("us:active", "eu:active", "ap:active"), (StubTools.FailVariable, "*group=rg-eu*"));
        Assert.Equal(7, run.Code);
        Assert.Equal([.. Healthy("us"), Deployed("eu")], _tools.Calls);
    }

    [Fact]
    public async Task Deploy_FirstShardLost_BeginsWithTheNext()
    {
        await using var health = await HealthEndpoint.StartAsync(_tools, (_, _) => 200);
        var run = await RunAsync(health.Shards("us:lost", "eu:active", "ap:active"), ("AZURE_RESOURCE_GROUP", "rg-eu"));
        Assert.True(run.Code == 0, run.Text);
        Assert.Equal([.. Healthy("eu"), Deployed("ap"), .. Healthy("ap")], _tools.Calls);
    }

    [Fact]
    public async Task Deploy_Nested_DoesNothing()
    {
        await using var health = await HealthEndpoint.StartAsync(_tools, (_, _) => 200);
        var run = await RunAsync(health.Shards("us:active", "eu:active"), ("SERVERLESS_SHARD_LOOP", "1"));
        Assert.Equal(0, run.Code);
        Assert.Empty(_tools.Calls);
    }

    [Fact]
    public async Task Deploy_SlowDeployment_IsEnded()
    {
        await using var health = await HealthEndpoint.StartAsync(_tools, (_, _) => 200);
        _tools.Add("azd", "exec sleep 60\n");
        var run = await RunAsync(health.Shards("us:active", "eu:active"), ("SERVERLESS_DEPLOY_PATIENCE", "0.5"));
        Assert.Equal(1, run.Code);
        Assert.Contains("took more than 0.5 s", run.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public async Task Deploy_WithoutShards_SaysWhatToDo(string? shards)
    {
        var run = await RunAsync(shards);
        Assert.Equal(1, run.Code);
        Assert.Contains("azd provision", run.Errors, StringComparison.Ordinal);
    }

    private static string Deployed(string shard) => $"azd deploy functions --no-prompt group=rg-{shard} nested=1";

    private static string[] Healthy(string shard) => [.. Enumerable.Repeat($"health {shard}", 3)];

    private async Task<ToolRun> RunAsync(Func<string, int, int> answer, params string[] shards)
    {
        await using var health = await HealthEndpoint.StartAsync(_tools, answer);
        return await RunAsync(health.Shards(shards));
    }

    private Task<ToolRun> RunAsync(string? shards, params (string Name, string? Value)[] more) => hooks.RunAsync("deploy-shards", _tools,
    [
        ("SHARDS", shards), ("AZURE_RESOURCE_GROUP", "rg-us"), ("SERVERLESS_SHARD_LOOP", null),
        ("SERVERLESS_HEALTH_PAUSE", "0.02"), ("SERVERLESS_HEALTH_PATIENCE", "30"), .. more,
    ]);
}
