using Xunit;

namespace Serverless.Tests.Infra.Azure;

/// <summary>The committed snapshots against what must hold; and that each mistake is found.</summary>
public sealed class SnapshotTests
{
    [Theory]
    [InlineData("one")]
    [InlineData("three")]
    [InlineData("private")]
    public void Snapshot_Fleet_KeepsTheRules(string fleet) => Assert.Empty(SnapshotRules.Faults(Snapshot.Parse(Snapshot.TextOf(fleet))));

    [Fact]
    public void Snapshots_Together_HaveAllTypes()
    {
        var types = Snapshot.Names.SelectMany(name => Snapshot.Parse(Snapshot.TextOf(name)).Resources).Select(resource => resource.Type).ToHashSet();
        Assert.Subset(types, SnapshotValues.Types.ToHashSet());
    }

    [Theory]
    [InlineData("one", 1)]
    [InlineData("three", 3)]
    [InlineData("private", 3)]
    public void Snapshot_Shards_AreEachInARegion(string fleet, int apps)
    {
        var snapshot = Snapshot.Parse(Snapshot.TextOf(fleet));
        Assert.Equal(apps, snapshot.Of("Microsoft.Web/sites").Select(app => (app.Group, app.At("location"))).Distinct().Count());
        Assert.Equal(apps, snapshot.Of("Microsoft.Cache/redisEnterprise").Select(redis => redis.Group).Distinct().Count());
    }

    [Theory]
    [InlineData("one", "\"version\": \"10.0\"", "\"version\": \"10\"", "runtime.version")]
    [InlineData("one", "\"allowSharedKeyAccess\": false", "\"allowSharedKeyAccess\": true", "allowSharedKeyAccess")]
    [InlineData("one", "\"azd-service-name\": \"functions\"", "\"azd-service\": \"functions\"", "has not one app")]
    [InlineData("one", "\"FC1\"", "\"FC2\"", "sku.name")]
    [InlineData("one", "\"Standard_S1\"", "\"Standard_S2\"", "sku.name")]
    [InlineData("one", "\"OSSCluster\"", "\"OssCluster\"", "clusteringPolicy")]
    [InlineData("one", "\"Balanced_B1\"", "\"Balanced_B2\"", "sku.name")]
    [InlineData("one", "\"AzureWebJobsStorage__credential\"", "\"FUNCTIONS_WORKER_RUNTIME\"", "has FUNCTIONS_WORKER_RUNTIME")]
    [InlineData("one", "Serverless__Log__Redis", "Serverless__Log__Redis__Endpoint", "Serverless:Log:Redis:Endpoint is no setting")]
    [InlineData("one", "stuseast", "stuseast-in-a-far-region", "Microsoft.Storage/storageAccounts is named")]
    [InlineData("one", "\"name\": \"kv-us-east-", "\"name\": \"kv-us-east-coast-", "Microsoft.KeyVault/vaults is named")]
    [InlineData("one", "\"ServicePrincipal\"", "\"User\"", "principalType User")]
    [InlineData("one", "b7e6dc6d-f1e8-4753-8033-0f276bb0955b", "8e3af657-a8ff-443c-a75c-2fe8c4bcb635", "unknown role")]
    [InlineData("one", "[guid(", "[newGuid(", "isn't named by")]
    [InlineData("one", "\"AZURE_LOCATION\": \"eastus\"", "\"AZURE_LOCATION\": \"[listKeys('x')]\"", "output AZURE_LOCATION shows a key")]
    [InlineData("one", "\"Transient\"", "\"Endpoint=https://a;AccessKey=b\"", "shows a key")]
    [InlineData("three", "\"type\": \"cpu\"", "\"http\": \"cpu\"", "scales by requests")]
    [InlineData("three", "\"auto\"", "\"websocket\"", "transport")]
    [InlineData("three", "\"Single\"", "\"Multiple\"", "activeRevisionsMode")]
    [InlineData("three", "[\n          \"/api/negotiate\"", "[\n          \"/*\"", "patternsToMatch")]
    [InlineData("private", "\"publicNetworkAccess\": \"Disabled\"", "\"publicNetworkAccess\": \"Enabled\"", "publicNetworkAccess")]
    [InlineData("private", "\"redisEnterprise\"", "\"redis\"", "no private address for redisEnterprise")]
    [InlineData("private", "\"state\": \"draining\"", "\"state\": \"lost\"", "would be deployed to a lost shard")]
    [InlineData("three", "\"failureThreshold\": 10", "\"failureThreshold\": 30", "probes[0].failureThreshold")]
    [InlineData("three", "\"periodSeconds\": 6,", "\"periodSeconds\": 241,", "probes[0].periodSeconds")]
    [InlineData("three", "\"00:09:30\"", "\"00:09:45\"", "closes its clients within 00:09:45")]
    [InlineData("three", "Serverless__Drain__StopTimeout", "Serverless__Drain__Timeout", "has a grace of 600 s")]
    [InlineData("three", "\"Serverless__Fleet__Keys\": \"@", "\"Serverless__Fleet__Keys__us\": \"@", "appsettings doesn't know the keys")]
    [InlineData("three", "\"secretRef\": \"fleet-keys\"", "\"secretRef\": \"key\"", "ca-us-east-kuc4xx32 doesn't know the keys")]
    [InlineData("three", "kv-eu-west-kvclun23/fleet-keys\"", "kv-eu-west-kvclun23/other-keys\"", "hasn't the fleet's fleet-keys")]
    [InlineData("three", "kv-us-east-kuc4xx32/node-key\"", "kv-us-east-kuc4xx32/old-key\"", "hasn't the fleet's node-key")]
    [InlineData("private", "[getKeyVaultSecret('/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/rg-test-fleet", "[concat(newGuid(), '", "is made for one shard")]
    [InlineData("private", "4d97b98b-1d4f-4787-a291-c67834d212e7", "4633458b-17de-408a-b874-0445c86b69e6", "may not use its subnet")]
    [InlineData("private", "\"enablePurgeProtection\": true", "\"enablePurgeProtection\": false", "enablePurgeProtection")]
    [InlineData("private", "\"cilium\"", "\"calico\"", "networkDataplane")]
    public void Snapshot_SeededMistake_IsFound(string fleet, string old, string wrong, string expected)
    {
        var text = Snapshot.TextOf(fleet);
        Assert.Contains(old, text, StringComparison.Ordinal);
        text = text.Replace(old, wrong, StringComparison.Ordinal);
        Assert.Contains(SnapshotRules.Faults(Snapshot.Parse(text)), fault => fault.Contains(expected, StringComparison.Ordinal));
    }
}
