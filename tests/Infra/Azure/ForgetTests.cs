using Xunit;

namespace Serverless.Tests.Infra.Azure;

/// <summary>infra/hooks/forget-shards.cs and forget-all.cs with a stub of azd.</summary>
[Collection(HookPrograms.Collection)]
public sealed class ForgetTests(HookPrograms hooks) : IDisposable
{
    private const string Upstream = "SERVERLESS_UPSTREAM_SHARDS";
    private const string Image = "SERVERLESS_NODE_IMAGE";
    private const string Shards = """[{"name":"us","state":"active"},{"name":"west","state":"lost"}]""";

    private readonly StubTools _tools = new("azd");

    private IEnumerable<string> Calls => _tools.Calls.Select(call => call.TrimEnd());

    public void Dispose() => _tools.Dispose();

    [Theory]
    [InlineData("eu,us,west", $"azd env set {Upstream} us,west")]
    [InlineData("eu", $"azd env set {Upstream}")]
    [InlineData("us,west", null)]
    [InlineData("us", null)]
    [InlineData("", null)]
    [InlineData(null, null)]
    public async Task Shards_NoLongerListed_AreForgotten(string? known, string? call)
    {
        var run = await RunAsync("forget-shards", known, null, Shards);
        Assert.True(run.Code == 0, run.Text);
        Assert.Equal(call is null ? [] : [call], Calls);
    }

    [Fact]
    public async Task Shards_Nested_AreLeftToTheOuterHook()
    {
        var run = await RunAsync("forget-shards", "eu,us", null, Shards, ("SERVERLESS_SHARD_LOOP", "1"));
        Assert.Equal(0, run.Code);
        Assert.Empty(_tools.Calls);
    }

    [Fact]
    public async Task Shards_NothingProvisioned_IsAFault() => Assert.Equal(1, (await RunAsync("forget-shards", "us", null, null)).Code);

    [Theory]
    [InlineData("us", "cr.azurecr.io/serverless-node:1", 2)]
    [InlineData("us", null, 1)]
    [InlineData("", "", 0)]
    public async Task All_AfterDown_NothingIsKnown(string known, string? image, int calls)
    {
        var run = await RunAsync("forget-all", known, image, null);
        Assert.True(run.Code == 0, run.Text);
        Assert.Equal(new[] { $"azd env set {Upstream}", $"azd env set {Image}" }[..calls], Calls);
    }

    [Fact]
    public async Task All_AzdRefuses_SaysWhatToDo()
    {
        var run = await RunAsync("forget-all", "us", null, null, (StubTools.FailVariable, "azd *"));
        Assert.Equal(7, run.Code);
        Assert.Contains(Upstream, run.Errors, StringComparison.Ordinal);
    }

    private Task<ToolRun> RunAsync(string hook, string? known, string? image, string? shards, params (string Name, string? Value)[] more) =>
        hooks.RunAsync(hook, _tools, [("SHARDS", shards), ("SERVERLESS_SHARD_LOOP", null), (Upstream, known), (Image, image), .. more]);
}
