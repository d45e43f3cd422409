using System.Globalization;
using System.Text.RegularExpressions;
using Serverless.Tests.Fixtures;

namespace Serverless.Tests.Infra.Azure;

/// <summary>What must hold for each fleet, beside single values.</summary>
internal static partial class SnapshotRules
{
    private const string Functions = "azd-service-name";

    private static readonly string[] Roles =
    [
        "b7e6dc6d-f1e8-4753-8033-0f276bb0955b", // Storage Blob Data Owner
        "974c5e8b-45b9-4653-ba55-5f855dd0fb88", // Storage Queue Data Contributor
        "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3", // Storage Table Data Contributor
        "3913510d-42f4-4e42-8a64-420c390055eb", // Monitoring Metrics Publisher
        "4633458b-17de-408a-b874-0445c86b69e6", // Key Vault Secrets User
        "7f951dda-4ed3-4680-a7ca-43fe172d538d", // AcrPull
        "4d97b98b-1d4f-4787-a291-c67834d212e7", // Network Contributor
        "8311e382-0749-4cb8-b61a-304f252e45ec", // AcrPush
        "4abbcc35-e782-43d8-92c5-2d3f1bd2253f", // AKS Cluster User
        "b1ff04bb-8a4e-4dc4-8eb5-8693973ce19b", // AKS RBAC Cluster Admin
    ];

    private static readonly string[] ForOperators = [.. Roles[7..]];

    private static readonly string[] NotOnFlex =
        ["FUNCTIONS_WORKER_RUNTIME", "FUNCTIONS_EXTENSION_VERSION", "WEBSITE_RUN_FROM_PACKAGE", "WEBSITE_CONTENT", "linuxFxVersion", "AzureWebJobsStorage\"", "AccountKey="];

    // the only place in which a key may stand
    private const string Keeper = "Microsoft.KeyVault/vaults/secrets";

    // what a node needs to end when its clients have gone
    private static readonly TimeSpan End = TimeSpan.FromSeconds(30);

    public static IEnumerable<string> Faults(Snapshot snapshot) =>
        [
            .. SnapshotValues.Faults(snapshot), .. Apps(snapshot), .. Rights(snapshot), .. Keys(snapshot), .. SnapshotKeys.Faults(snapshot),
            .. Grace(snapshot), .. Clusters(snapshot), .. Private(snapshot), .. Lost(snapshot), .. Settings(snapshot)
        ];

    private static IEnumerable<string> Apps(Snapshot snapshot)
    {
        foreach (var shard in snapshot.Shards.Where(shard => shard["state"]!.GetValue<string>() != "lost"))
        {
            var group = shard["resourceGroup"]!.GetValue<string>();
            var tagged = snapshot.Resources.Where(resource => resource.Group == group && resource.At($"tags.{Functions}") == "functions").ToList();
            if (tagged is not [{ Type: "Microsoft.Web/sites" } app] || app.Name != shard["functionApp"]!.GetValue<string>())
            {
                yield return $"{group} has not one app with the tag {Functions}";
            }
        }

        foreach (var settings in snapshot.Resources.Where(resource => resource.Type is "Microsoft.Web/sites" or "Microsoft.Web/sites/config"))
        {
            foreach (var name in NotOnFlex.Where(name => settings.Text.Contains(name, StringComparison.Ordinal)))
            {
                yield return $"{settings.Name} has {name}";
            }
        }

        foreach (var app in snapshot.Of("Microsoft.App/containerApps").Where(app => app.Text.Contains("\"http\":", StringComparison.Ordinal)))
        {
            yield return $"{app.Name} scales by requests: silent connections don't count there";
        }

        foreach (var diagnostic in snapshot.Diagnostics)
        {
            yield return diagnostic!.ToJsonString();
        }
    }

    private static IEnumerable<string> Rights(Snapshot snapshot)
    {
        foreach (var right in snapshot.Of("Microsoft.Authorization/roleAssignments"))
        {
            var role = RoleRule().Match(right.At("properties.roleDefinitionId")).Value;
            var principal = right.At("properties.principalId");
            if (!Roles.Contains(role))
            {
                yield return $"a right of unknown role {role}";
            }

            if (right.At("properties.principalType") != "ServicePrincipal" && !ForOperators.Contains(role))
            {
                yield return $"role {role} is for principalType {right.At("properties.principalType")}";
            }

            // the name is a guid of scope, principal and role; where it is known beforehand it is one already
            if (!Guid.TryParse(right.Name, out _) && !(right.Name.StartsWith("[guid(", StringComparison.Ordinal)
                && right.Name.EndsWith($"'{role}')]", StringComparison.Ordinal) && right.Name.Contains(principal.Trim('[', ']'), StringComparison.Ordinal)))
            {
                yield return $"a right of role {role} isn't named by its scope, principal and role";
            }
        }
    }

    private static IEnumerable<string> Keys(Snapshot snapshot)
    {
        foreach (var resource in snapshot.Resources.Where(resource => resource.Type != Keeper && KeyRule().IsMatch(resource.Text)))
        {
            yield return $"{resource.Type} {resource.Name} shows a key";
        }

        foreach (var (name, value) in snapshot.Outputs.Where(output => KeyRule().IsMatch(output.Value!.ToJsonString())))
        {
            yield return $"output {name} shows a key: {value}";
        }
    }

    private static IEnumerable<string> Grace(Snapshot snapshot) =>
        from app in snapshot.Of("Microsoft.App/containerApps")
        let grace = app.At("properties.template.terminationGracePeriodSeconds")
        let stop = app.Node("properties.template.containers[0].env").Items().FirstOrDefault(entry => entry.Text("name") == "Serverless__Drain__StopTimeout").Text("value")
        where !TimeSpan.TryParse(stop, CultureInfo.InvariantCulture, out var time) || TimeSpan.FromSeconds(int.Parse(grace, CultureInfo.InvariantCulture)) != time + End
        select $"{app.Name} has a grace of {grace} s and closes its clients within {stop}";

    private static IEnumerable<string> Clusters(Snapshot snapshot) =>
        from cluster in snapshot.Of("Microsoft.ContainerService/managedClusters")
        where cluster.At("properties.agentPoolProfiles[0].vnetSubnetID") is { Length: > 0 } subnet
            && !snapshot.Of("Microsoft.Authorization/roleAssignments").Any(right => right.Id.Contains(subnet, StringComparison.Ordinal) && right.Text.Contains("4d97b98b-1d4f-4787-a291-c67834d212e7", StringComparison.Ordinal)
                && right.At("properties.principalId").Contains("/id-aks-", StringComparison.Ordinal))
        select $"{cluster.Name} may not use its subnet";

    private static IEnumerable<string> Private(Snapshot snapshot)
    {
        string[] types = ["Microsoft.Storage/storageAccounts", "Microsoft.Cache/redisEnterprise", "Microsoft.KeyVault/vaults"];
        string[] parts = ["blob", "queue", "table", "redisEnterprise", "vault"];
        foreach (var resource in snapshot.Resources.Where(resource => types.Contains(resource.Type)))
        {
            if (resource.At("properties.publicNetworkAccess") != (snapshot.IsPrivate ? "Disabled" : "Enabled"))
            {
                yield return $"{resource.Name} has publicNetworkAccess {resource.At("properties.publicNetworkAccess")}";
            }
        }

        var groups = snapshot.Of("Microsoft.Web/sites").Select(app => app.Group).Where(_ => snapshot.IsPrivate);
        foreach (var (group, part) in from one in groups from part in parts select (one, part))
        {
            if (!snapshot.Of("Microsoft.Network/privateEndpoints").Any(endpoint =>
                endpoint.Group == group && endpoint.At("properties.privateLinkServiceConnections[0].properties.groupIds[0]") == part))
            {
                yield return $"{group} has no private address for {part}";
            }
        }
    }

    private static IEnumerable<string> Lost(Snapshot snapshot) =>
        from shard in snapshot.Shards
        where shard["state"]!.GetValue<string>() == "lost"
        from resource in snapshot.Resources
        where resource.Group == shard["resourceGroup"]!.GetValue<string>()
        select $"{resource.Name} would be deployed to a lost shard";

    private static IEnumerable<string> Settings(Snapshot snapshot)
    {
        var pages = $"{Page("configuration.md")}{Page("functions.md")}";
        var names = from resource in snapshot.Resources
                    where resource.Type is "Microsoft.Web/sites/config" or "Microsoft.App/containerApps"
                    from Match match in SettingRule().Matches(resource.Text)
                    select match.Value.Trim('"').Replace("__", ":", StringComparison.Ordinal);
        return from name in names.Distinct()
               where !pages.Contains($"`{name}`", StringComparison.Ordinal)
               select $"{name} is no setting";
    }

    private static string Page(string name) => File.ReadAllText(Repository.PathOf("docs", name));

    [GeneratedRegex("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(?='\\)|$)")]
    private static partial Regex RoleRule();

    [GeneratedRegex("list(Keys|Credentials|Secrets|ConnectionStrings)?\\(|AccessKey=|[Pp]assword=|systemKeys")]
    private static partial Regex KeyRule();

    [GeneratedRegex("\"Serverless__\\w+\"")]
    private static partial Regex SettingRule();
}
