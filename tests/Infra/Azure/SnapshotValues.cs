using System.Text.RegularExpressions;

namespace Serverless.Tests.Infra.Azure;

/// <summary>Values that Bicep doesn't check, and that Azure refuses or, worse, takes.</summary>
internal static class SnapshotValues
{
    /// <summary>Type, path, and a pattern of all that may stand there.</summary>
    private static readonly (string Type, string Path, string Allowed)[] Values =
    [
        ("Microsoft.Web/serverfarms", "sku.name", "FC1"),
        ("Microsoft.Web/serverfarms", "sku.tier", "FlexConsumption"),
        ("Microsoft.Web/serverfarms", "kind", "functionapp"),
        ("Microsoft.Web/serverfarms", "properties.reserved", "true"),
        ("Microsoft.Web/sites", "kind", "functionapp,linux"),
        ("Microsoft.Web/sites", "properties.httpsOnly", "true"),
        ("Microsoft.Web/sites", "properties.functionAppConfig.runtime.name", "dotnet-isolated"),
        ("Microsoft.Web/sites", "properties.functionAppConfig.runtime.version", "10\\.0"),
        ("Microsoft.Web/sites", "properties.functionAppConfig.deployment.storage.type", "blobContainer"),
        ("Microsoft.Web/sites", "properties.functionAppConfig.deployment.storage.authentication.type", "UserAssignedIdentity"),
        ("Microsoft.Web/sites", "properties.functionAppConfig.scaleAndConcurrency.instanceMemoryMB", "512|2048|4096"),
        ("Microsoft.Web/sites", "properties.functionAppConfig.scaleAndConcurrency.maximumInstanceCount", "[4-9]\\d|[1-9]\\d\\d|1000"),
        ("Microsoft.Storage/storageAccounts", "properties.allowSharedKeyAccess", "false"),
        ("Microsoft.Storage/storageAccounts", "properties.allowBlobPublicAccess", "false"),
        ("Microsoft.Storage/storageAccounts", "properties.minimumTlsVersion", "TLS1_2"),
        ("Microsoft.SignalRService/signalR", "sku.name", "Free_F1|Standard_S1|Premium_P1"),
        ("Microsoft.SignalRService/signalR", "sku.capacity", "[1-9]|[1-9]0|100"),
        ("Microsoft.SignalRService/signalR", "properties.features[0].flag", "ServiceMode"),
        ("Microsoft.SignalRService/signalR", "properties.features[0].value", "Serverless"),
        ("Microsoft.Cache/redisEnterprise", "sku.name", "Balanced_B(0|1|3|5|10|20|50|100|150|250|350|500|700|1000)|MemoryOptimized_M\\d+|ComputeOptimized_X\\d+"),
        ("Microsoft.Cache/redisEnterprise", "properties.highAvailability", "Enabled"),
        ("Microsoft.Cache/redisEnterprise", "properties.minimumTlsVersion", "1\\.2"),
        ("Microsoft.Cache/redisEnterprise/databases", "properties.port", "10000"),
        ("Microsoft.Cache/redisEnterprise/databases", "properties.clientProtocol", "Encrypted"),
        ("Microsoft.Cache/redisEnterprise/databases", "properties.clusteringPolicy", "OSSCluster"),
        ("Microsoft.Cache/redisEnterprise/databases", "properties.evictionPolicy", "NoEviction"),
        ("Microsoft.Cache/redisEnterprise/databases", "properties.persistence.aofEnabled", "true"),
        ("Microsoft.Cache/redisEnterprise/databases", "properties.persistence.aofFrequency", "1s"),
        ("Microsoft.App/containerApps", "properties.configuration.activeRevisionsMode", "Single"),
        ("Microsoft.App/containerApps", "properties.configuration.ingress.transport", "auto"),
        ("Microsoft.App/containerApps", "properties.configuration.ingress.targetPort", "8080"),
        ("Microsoft.App/containerApps", "properties.configuration.ingress.stickySessions.affinity", "sticky"),
        ("Microsoft.App/containerApps", "properties.template.terminationGracePeriodSeconds", "[1-5]?\\d\\d|600"),
        ("Microsoft.App/containerApps", "properties.template.scale.minReplicas", "[1-9]\\d?|100"),
        ("Microsoft.App/containerApps", "properties.template.scale.maxReplicas", "[5-9]\\d|100"),
        ("Microsoft.App/containerApps", "properties.template.scale.rules[0].custom.type", "cpu"),
        ("Microsoft.App/containerApps", "properties.template.containers[0].probes[0].type", "Startup"),
        .. Probes,
        ("Microsoft.ContainerRegistry/registries", "properties.adminUserEnabled", "false"),
        ("Microsoft.ContainerRegistry/registries", "sku.name", "Basic|Standard|Premium"),
        ("Microsoft.KeyVault/vaults", "properties.enableRbacAuthorization", "true"),
        ("Microsoft.KeyVault/vaults", "properties.enabledForTemplateDeployment", "true"),
        // false is refused
        ("Microsoft.KeyVault/vaults", "properties.enablePurgeProtection", "(true)?"),
        ("Microsoft.Cdn/profiles", "sku.name", "Standard_AzureFrontDoor|Premium_AzureFrontDoor"),
        ("Microsoft.Cdn/profiles/originGroups", "properties.healthProbeSettings.probePath", "/api/health"),
        ("Microsoft.Cdn/profiles/afdEndpoints/routes", "properties.patternsToMatch", "\\[\"/api/negotiate\"\\]"),
        ("Microsoft.Network/trafficmanagerprofiles", "properties.trafficRoutingMethod", "Performance"),
        ("Microsoft.Network/trafficmanagerprofiles", "properties.dnsConfig.ttl", "30"),
        ("Microsoft.ContainerService/managedClusters", "properties.disableLocalAccounts", "true"),
        ("Microsoft.ContainerService/managedClusters", "properties.oidcIssuerProfile.enabled", "true"),
        ("Microsoft.ContainerService/managedClusters", "properties.workloadAutoScalerProfile.keda.enabled", "true"),
        ("Microsoft.ContainerService/managedClusters", "properties.networkProfile.networkDataplane", "cilium"),
    ];

    /// <summary>The ranges of ContainerAppProbe, in the reference of Microsoft.App.</summary>
    private static IEnumerable<(string Type, string Path, string Allowed)> Probes =>
        from probe in Enumerable.Range(0, 3)
        from range in new[] { ("failureThreshold", "[1-9]|10"), ("periodSeconds", "[1-9]\\d?|1\\d\\d|2[0-3]\\d|240"), ("timeoutSeconds", "([1-9]\\d?|1\\d\\d|2[0-3]\\d|240)?"), ("initialDelaySeconds", "([1-5]?\\d|60)?") }
        select ("Microsoft.App/containerApps", $"properties.template.containers[0].probes[{probe}].{range.Item1}", range.Item2);

    /// <summary>Types, and what names of them may look like.</summary>
    private static readonly (string Type, string Allowed)[] Names =
    [
        ("Microsoft.Resources/resourceGroups", "[-\\w.()]{1,90}"),
        ("Microsoft.Storage/storageAccounts", "[a-z0-9]{3,24}"),
        ("Microsoft.KeyVault/vaults", "(?!.*--)[a-zA-Z][-a-zA-Z0-9]{1,22}[a-zA-Z0-9]"),
        ("Microsoft.ContainerRegistry/registries", "[a-zA-Z0-9]{5,50}"),
        ("Microsoft.Cache/redisEnterprise", "[a-zA-Z0-9](-?[a-zA-Z0-9]){0,59}"),
        ("Microsoft.SignalRService/signalR", "[a-zA-Z][-a-zA-Z0-9]{1,61}[a-zA-Z0-9]"),
        ("Microsoft.Web/sites", "[a-zA-Z0-9][-a-zA-Z0-9]{0,57}[a-zA-Z0-9]"),
        ("Microsoft.Web/serverfarms", "[-a-zA-Z0-9]{1,40}"),
        ("Microsoft.App/containerApps", "(?!.*--)[a-z][-a-z0-9]{0,30}[a-z0-9]"),
        ("Microsoft.App/managedEnvironments", "[a-zA-Z][-a-zA-Z0-9]{0,58}[a-zA-Z0-9]"),
        ("Microsoft.ManagedIdentity/userAssignedIdentities", "[a-zA-Z0-9][-\\w]{2,127}"),
        ("Microsoft.ContainerService/managedClusters", "[a-zA-Z0-9][-\\w]{0,61}[a-zA-Z0-9]"),
        ("Microsoft.OperationalInsights/workspaces", "[a-zA-Z0-9][-a-zA-Z0-9]{2,61}[a-zA-Z0-9]"),
        ("Microsoft.Network/virtualNetworks", "[a-zA-Z0-9][-\\w.]{0,62}\\w"),
    ];

    /// <summary>All types that values are known of.</summary>
    public static IEnumerable<string> Types => Values.Select(value => value.Type).Concat(Names.Select(name => name.Type)).Distinct();

    public static IEnumerable<string> Faults(Snapshot snapshot) =>
        (from value in Values
         from resource in snapshot.Of(value.Type)
         let found = resource.At(value.Path)
         where !Regex.IsMatch(found, $"^({value.Allowed})$")
         select $"{resource.Name} {value.Path} is '{found}'")
        .Concat(
            from name in Names
            from resource in snapshot.Of(name.Type)
            where !Regex.IsMatch(resource.Name, $"^({name.Allowed})$")
            select $"{resource.Type} is named '{resource.Name}'");
}
