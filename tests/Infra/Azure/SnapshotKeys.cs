using System.Text.Json.Nodes;

namespace Serverless.Tests.Infra.Azure;

/// <summary>Who negotiates may be sent to any shard: each app and each node has the keys of all, and all nodes have one.</summary>
internal static class SnapshotKeys
{
    private const string Setting = "Serverless__Fleet__Keys";

    public static IEnumerable<string> Faults(Snapshot snapshot)
    {
        var all = snapshot.Shards.ToList();
        var live = all.Where(shard => shard["state"]!.GetValue<string>() != "lost").ToList();
        return live.SelectMany(shard => Faults(snapshot, shard, all.Count > 1)).Concat(
            from secret in snapshot.Of("Microsoft.KeyVault/vaults/secrets")
            where secret.Text.Contains("newGuid", StringComparison.Ordinal) && secret.Group != FleetGroup(snapshot)
            select $"{secret.Name} is made for one shard");
    }

    private static IEnumerable<string> Faults(Snapshot snapshot, JsonObject shard, bool several)
    {
        var (group, vault) = (shard["resourceGroup"]!.GetValue<string>(), shard["vault"]!.GetValue<string>());
        if (shard["delivery"]!.GetValue<string>() == "node" && !IsCopy(snapshot, vault, "node-key"))
        {
            yield return $"{vault} hasn't the fleet's node-key";
        }

        if (!several)
        {
            yield break;
        }

        if (!IsCopy(snapshot, vault, "fleet-keys"))
        {
            yield return $"{vault} hasn't the fleet's fleet-keys";
        }

        foreach (var app in snapshot.Of("Microsoft.Web/sites/config").Where(app => app.Group == group))
        {
            if (app.At($"properties.{Setting}") != $"@Microsoft.KeyVault(VaultName={vault};SecretName=fleet-keys)")
            {
                yield return $"{app.Name} doesn't know the keys of all shards";
            }
        }

        foreach (var node in snapshot.Of("Microsoft.App/containerApps").Where(node => node.Group == group))
        {
            var reference = node.Node("properties.template.containers[0].env").Items().FirstOrDefault(entry => entry.Text("name") == Setting).Text("secretRef");
            var secret = node.Node("properties.configuration.secrets").Items().FirstOrDefault(secret => secret.Text("name") == reference).Text("value");
            if (secret != Value(snapshot, vault, "fleet-keys"))
            {
                yield return $"{node.Name} doesn't know the keys of all shards";
            }
        }
    }

    // the fleet's vault has the secret, and the shard's has what stands there
    private static bool IsCopy(Snapshot snapshot, string vault, string name)
    {
        var original = snapshot.Of("Microsoft.KeyVault/vaults/secrets").SingleOrDefault(secret => secret.Group == FleetGroup(snapshot) && secret.Name.EndsWith($"/{name}", StringComparison.Ordinal));
        return original is not null && Value(snapshot, vault, name) is { } value
            && value.StartsWith("[getKeyVaultSecret(", StringComparison.Ordinal)
            && value.EndsWith($"/{original.Name.Split('/')[0]}', '{name}')]", StringComparison.Ordinal);
    }

    private static string? Value(Snapshot snapshot, string vault, string name) =>
        snapshot.Of("Microsoft.KeyVault/vaults/secrets").FirstOrDefault(secret => secret.Name == $"{vault}/{name}")?.At("properties.value");

    private static string FleetGroup(Snapshot snapshot) => snapshot.Outputs["FLEET_RESOURCE_GROUP"]!.GetValue<string>();
}
