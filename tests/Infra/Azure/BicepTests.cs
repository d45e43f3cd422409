using System.Text.Json;
using Serverless.Tests.Fixtures;
using Xunit;

namespace Serverless.Tests.Infra.Azure;

/// <summary>infra/ by Bicep's own program, and that it finds what is wrong.</summary>
public sealed class BicepTests(BicepTool bicep) : IClassFixture<BicepTool>
{
    [Fact]
    public async Task Files_Lint_FindsNothing() => Assert.Empty(await bicep.LintAsync(bicep.Copy()));

    [Fact]
    public void Files_Each_IsAPartOfMain()
    {
        var texts = Read(Repository.PathOf("infra"));
        Assert.All(texts.Keys.Where(file => file.EndsWith(".bicep", StringComparison.Ordinal)), file =>
            Assert.Contains(texts, other => other.Value.Contains($"{Path.GetFileName(file)}'", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Files_SeededMistakes_AreFoundByLint()
    {
        var folder = bicep.Copy(
            ("modules/shard/redis.bicep", "evictionPolicy:", "evictionPolice:"),
            ("modules/aks/main.bicep", "param workspaceId string", "param workspaceId string\nparam unused string"),
            ("modules/fleet/main.bicep", "output insightsName string = insights.name", "output insightsName string = workspace.listKeys().primarySharedKey"));
        var found = string.Join('\n', await bicep.LintAsync(folder));
        Assert.Contains("BCP", found, StringComparison.Ordinal);
        Assert.Contains("no-unused-params", found, StringComparison.Ordinal);
        Assert.Contains("outputs-should-not-contain-secrets", found, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Files_Format_IsKept()
    {
        Assert.Empty(await UnformattedAsync(bicep.Copy()));
        Assert.Equal(["modules/shard/redis.bicep"], await UnformattedAsync(bicep.Copy(("modules/shard/redis.bicep", "highAvailability: 'Enabled'", "highAvailability:    'Enabled'"))));
    }

    [Theory]
    [InlineData("one", 1)]
    [InlineData("three", 3)]
    public async Task Parameters_Fleet_IsChosenByEnvironment(string fleet, int shards)
    {
        var run = await bicep.RunAsync(bicep.Copy(), ["build-params", "main.bicepparam", "--stdout"], ("SERVERLESS_FLEET", fleet), ("SERVERLESS_SETTINGS", """{"Serverless__A":"1"}"""));
        Assert.True(run.Code == 0 && run.Errors.Length == 0, run.Text);
        using var built = JsonDocument.Parse(run.Output);
        using var values = JsonDocument.Parse(built.RootElement.GetProperty("parametersJson").GetString()!);
        var parameters = values.RootElement.GetProperty("parameters");
        Assert.Equal(shards, parameters.GetProperty("shards").GetProperty("value").GetArrayLength());
        Assert.Equal(shards == 1 ? "none" : "frontDoor", parameters.GetProperty("router").GetProperty("value").GetString());
        Assert.Equal("1", parameters.GetProperty("settings").GetProperty("value").GetProperty("Serverless__A").GetString());
    }

    [Fact]
    public async Task Parameters_SecondShardInTheListOfOne_GetsARouter()
    {
        var folder = bicep.Copy(("shards.one.json", "[\n", "[\n  { \"name\": \"eu-west\", \"location\": \"westeurope\", \"weight\": 0, \"state\": \"active\", \"delivery\": \"azureSignalR\" },\n"));
        var run = await bicep.RunAsync(folder, ["build-params", "main.bicepparam", "--stdout"]);
        Assert.True(run.Code == 0 && run.Errors.Length == 0, run.Text);
        Assert.Contains("\\\"value\\\": \\\"frontDoor\\\"", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Parameters_ClusterWithoutEndpoint_IsRefusedByName()
    {
        var run = await bicep.SnapshotAsync(bicep.Copy(("fleet.private.bicepparam", "    endpoint: 'https://ap-south.example.com'\n", "")), "private");
        Assert.NotEqual(0, run.Code);
        Assert.Contains("The shard ap-south has host aks and no endpoint", run.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("state: 'lost'", "state: 'lots'")]
    [InlineData("weight: 2", "weight: 101")]
    [InlineData("units: 5", "replicas: 5")]
    public async Task Parameters_SeededMistake_IsFound(string old, string wrong)
    {
        var run = await bicep.RunAsync(bicep.Copy(("fleet.private.bicepparam", old, wrong)), ["build-params", "fleet.private.bicepparam", "--stdout"]);
        Assert.NotEqual(0, run.Code);
    }

    [Theory]
    [InlineData("one")]
    [InlineData("three")]
    [InlineData("private")]
    public async Task Snapshot_Fleet_IsAsCommitted(string fleet)
    {
        var run = await bicep.SnapshotAsync(bicep.Copy(), fleet);
        Assert.True(run.Code == 0, $"{run.Text}\nIf the change is wanted: bicep snapshot with --mode overwrite (infra/README.md), and read what it changed.");
    }

    [Theory]
    [InlineData("shards.one.json", "\"active\"", "\"activ\"")]
    [InlineData("shards.one.json", "eastus", "eastus2")]
    [InlineData("modules/shard/storage.bicep", "allowSharedKeyAccess: false", "allowSharedKeyAccess: true")]
    public async Task Snapshot_SeededChange_IsFound(string file, string old, string wrong)
    {
        var run = await bicep.SnapshotAsync(bicep.Copy((file, old, wrong)), "one");
        Assert.Equal(1, run.Code);
    }

    private async Task<IReadOnlyList<string>> UnformattedAsync(string folder)
    {
        var before = Read(folder);
        foreach (var pattern in new[] { "./**/*.bicep", "./**/*.bicepparam" })
        {
            var run = await bicep.RunAsync(folder, ["format", "--pattern", pattern]);
            Assert.True(run.Code == 0, run.Text);
        }

        var after = Read(folder);
        return [.. from file in before where after[file.Key] != file.Value select file.Key];
    }

    private static Dictionary<string, string> Read(string folder) =>
        Directory.EnumerateFiles(folder, "*.bicep*", SearchOption.AllDirectories).ToDictionary(file => Path.GetRelativePath(folder, file), File.ReadAllText);
}
