using System.Text.Json.Nodes;
using Xunit;

namespace Serverless.Tests.Infra.Azure;

/// <summary>Which key stands for which shard: told by Bicep where keys are known beforehand, as they are nowhere but here.</summary>
public sealed class FleetKeysTests(BicepTool bicep) : IClassFixture<BicepTool>
{
    private static readonly (string File, string Old, string New)[] Known =
    [
        ("main.bicep", "services[i]!.listKeys().primaryKey", "'key of ${services[i]!.name}'"),
        ("modules/fleet/keys.bicep", "? nodeKey :", "? 'key of nodes' :"),
        ("modules/fleet/keys.bicep", "@secure()\n@description('shards:", "@description('shards:"),
        ("bicepconfig.json", "\"no-unused-params\": { \"level\": \"error\" }", "\"no-unused-params\": { \"level\": \"off\" }"),
    ];

    [Theory]
    [InlineData("three")]
    [InlineData("private")]
    public async Task Keys_Fleet_AreThoseOfAllShardsThatAreThere(string fleet) => Assert.Empty(await FaultsAsync(fleet));

    [Theory]
    [InlineData("services[i]!.name", "services[1]!.name", "ap-south")]
    [InlineData("for i in live: {", "for i in [0]: {", "eu-west")]
    [InlineData("name: shards[i].name", "name: shards[i].location", "us-east")]
    [InlineData("== 'azureSignalR' ? 'key", "!= 'azureSignalR' ? 'key", "us-east")]
    public async Task Keys_SeededMistake_IsFound(string old, string wrong, string shard) =>
        Assert.Contains(await FaultsAsync("three", ("main.bicep", old, wrong)), fault => fault.StartsWith(shard, StringComparison.Ordinal));

    private async Task<IReadOnlyList<string>> FaultsAsync(string fleet, params (string File, string Old, string New)[] mistake)
    {
        var snapshot = await bicep.PredictAsync(bicep.Copy([.. Known, .. mistake]), fleet);
        var secret = snapshot.Of("Microsoft.KeyVault/vaults/secrets").Single(secret => secret.Name.StartsWith("kv-fleet-", StringComparison.Ordinal) && secret.Name.EndsWith("/fleet-keys", StringComparison.Ordinal));
        var keys = JsonNode.Parse(secret.At("properties.value"))!.AsObject();
        var expected = snapshot.Shards.Where(shard => shard.Text("state") != "lost")
            .ToDictionary(shard => shard.Text("name")!, shard => shard.Text("delivery") == "node" ? "key of nodes" : $"key of {shard.Text("signalR")}");
        return
        [
            .. from shard in expected where keys.Text(shard.Key) != shard.Value select $"{shard.Key} has '{keys.Text(shard.Key)}'",
            .. from key in keys where !expected.ContainsKey(key.Key) select $"{key.Key} isn't there",
        ];
    }
}
