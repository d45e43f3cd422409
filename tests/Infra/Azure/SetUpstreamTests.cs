using Xunit;

namespace Serverless.Tests.Infra.Azure;

/// <summary>infra/hooks/set-upstream.cs with a stub of azd.</summary>
[Collection(HookPrograms.Collection)]
public sealed class SetUpstreamTests(HookPrograms hooks) : IDisposable
{
    private const string Shards = """[{"name":"us","state":"active"},{"name":"west","state":"lost"},{"name":"eu","state":"draining"}]""";
    private const string Set = "azd env set SERVERLESS_UPSTREAM_SHARDS";
    private const string Provision = "azd provision --no-prompt nested=1";

    private readonly StubTools _tools = new("azd");

    public void Dispose() => _tools.Dispose();

    [Theory]
    [InlineData(null)]
    [InlineData("us")]
    public async Task Set_NewShard_ProvisionsOnce(string? known)
    {
        var run = await RunAsync(known);
        Assert.True(run.Code == 0, run.Text);
        Assert.Equal([$"{Set} eu,us nested=1", Provision], _tools.Calls);
    }

    [Theory]
    [InlineData("eu,us")]
    [InlineData("us,west,eu")]
    public async Task Set_KnownShards_DoesNothing(string known)
    {
        var run = await RunAsync(known);
        Assert.Equal(0, run.Code);
        Assert.Empty(_tools.Calls);
    }

    [Fact]
    public async Task Set_ShardThatIsGone_LosesItsPlaceWithoutProvisioning()
    {
        var run = await RunAsync("ap,eu,us");
        Assert.Equal(0, run.Code);
        Assert.Equal([$"{Set} eu,us nested=1"], _tools.Calls);
    }

    [Fact]
    public async Task Set_LostShard_KeepsItsPlace()
    {
        var run = await RunAsync("us,west");
        Assert.Equal(0, run.Code);
        Assert.Equal([$"{Set} eu,us,west nested=1", Provision], _tools.Calls);
    }

    [Fact]
    public async Task Set_Nested_DoesNothing()
    {
        var run = await RunAsync(null, ("SERVERLESS_SHARD_LOOP", "1"));
        Assert.Equal(0, run.Code);
        Assert.Empty(_tools.Calls);
    }

    [Fact]
    public async Task Set_FailingProvision_IsTriedAgainNextTime()
    {
        var run = await RunAsync("us", (StubTools.FailVariable, "*provision*"));
        Assert.Equal(7, run.Code);
        Assert.Equal([$"{Set} eu,us nested=1", Provision, $"{Set} us nested=1"], _tools.Calls);
    }

    private Task<ToolRun> RunAsync(string? known, params (string Name, string? Value)[] more) => hooks.RunAsync("set-upstream", _tools,
        [("SHARDS", Shards), ("SERVERLESS_SHARD_LOOP", null), ("SERVERLESS_UPSTREAM_SHARDS", known), .. more]);
}
