using System.Globalization;
using System.Text.Json.Nodes;

namespace Serverless.Tests.Infra.Kubernetes;

/// <summary>What has to fit together in an overlay, and no schema knows.</summary>
internal sealed class ManifestRules(IReadOnlyList<JsonObject> manifests)
{
    private const string Pod = "spec/template/spec";
    private const string Node = $"{Pod}/containers/0";

    private static readonly TimeSpan StopAfterDrain = TimeSpan.FromSeconds(30);

    private JsonObject Deployment => manifests.Single(manifest => manifest.Text("kind") == "Deployment");

    private Dictionary<string, string> Ports =>
        Deployment.All($"{Node}/ports").ToDictionary(port => port.Text("name")!, port => port.Text("containerPort")!);

    private Dictionary<string, string> Settings => Of("ConfigMap").SelectMany(map => map["data"]!.AsObject())
        .Concat(Deployment.All($"{Node}/env").Select(entry => KeyValuePair.Create(entry.Text("name")!, entry["value"])))
        .ToDictionary(setting => setting.Key, setting => setting.Value?.ToString() ?? "");

    public IEnumerable<string> Faults() =>
        [.. Autoscaler(), .. Grace(), .. PortNumbers(), .. PortNames(), .. AdminPort(), .. Selectors(), .. References(), .. VaultRules.Faults(manifests), .. UnknownSettings()];

    private IEnumerable<string> Autoscaler()
    {
        var scalers = Of("HorizontalPodAutoscaler").Concat(Of("ScaledObject")).ToList();
        if (scalers.Count != 1)
        {
            yield return $"{scalers.Count} autoscalers for one Deployment: two of them fight.";
        }

        foreach (var target in scalers.Select(scaler => scaler.Text("spec/scaleTargetRef/name")).Where(target => target != Deployment.Text("metadata/name")))
        {
            yield return $"The autoscaler's target {target} isn't the Deployment.";
        }

        if (Deployment.At("spec/replicas") is not null)
        {
            yield return "The Deployment's replicas would be set back by each apply: they are the autoscaler's.";
        }
    }

    private IEnumerable<string> Grace()
    {
        var grace = TimeSpan.FromSeconds(double.Parse(Deployment.Text($"{Pod}/terminationGracePeriodSeconds")!, CultureInfo.InvariantCulture));
        if (!TimeSpan.TryParse(Settings.GetValueOrDefault("Serverless__Drain__Timeout"), CultureInfo.InvariantCulture, out var drain)
            || !TimeSpan.TryParse(Settings.GetValueOrDefault("Serverless__Drain__Notice"), CultureInfo.InvariantCulture, out var notice)
            || grace < notice + drain + StopAfterDrain)
        {
            yield return $"The grace of {grace} is shorter than Serverless__Drain__Notice, Serverless__Drain__Timeout and {StopAfterDrain}.";
        }
    }

    private IEnumerable<string> PortNumbers() =>
        from pair in new[] { ("ASPNETCORE_URLS", "http"), ("Serverless__Admin__Urls", "metrics"), ("Serverless__Peers__Address", "http") }
        let address = Settings.GetValueOrDefault(pair.Item1) ?? ""
        where address.Split(':')[^1] != Ports.GetValueOrDefault(pair.Item2)
        select $"{pair.Item1}={address} isn't at the container's port {pair.Item2}.";

    private IEnumerable<string> PortNames()
    {
        string[] uses = ["startupProbe/httpGet", "livenessProbe/httpGet", "readinessProbe/httpGet", "lifecycle/preStop/httpGet"];
        var names = uses.Select(use => Deployment.Text($"{Node}/{use}/port"))
            .Concat(Of("Service").SelectMany(service => service.All("spec/ports")).Select(port => port.Text("targetPort")))
            .Concat(Of("PodMonitor").SelectMany(monitor => monitor.All("spec/podMetricsEndpoints")).Select(endpoint => endpoint.Text("port")))
            .Concat(Of("NetworkPolicy").SelectMany(policy => policy.All("spec/ingress")).SelectMany(rule => rule.All("ports")).Select(port => port.Text("port")));
        return names.Where(name => name is null || !Ports.ContainsKey(name)).Select(name => $"The container has no port {name}.");
    }

    private IEnumerable<string> AdminPort()
    {
        if (Of("Service").SelectMany(service => service.All("spec/ports")).Any(port => port.Text("targetPort") is "metrics" || port.Text("targetPort") == Ports["metrics"]))
        {
            yield return "A Service exposes the admin port: whoever reaches it can empty a node.";
        }

        foreach (var rule in Of("NetworkPolicy").SelectMany(policy => policy.All("spec/ingress")))
        {
            if (!rule.All("from").Any() && (!rule.All("ports").Any() || rule.All("ports").Any(port => port.Text("port") == "metrics")))
            {
                yield return "The NetworkPolicy lets everybody reach the admin port.";
            }
        }
    }

    private IEnumerable<string> Selectors()
    {
        var labels = Deployment.At("spec/template/metadata/labels")!.AsObject();
        var selectors = new[] { ("Deployment", "spec/selector/matchLabels"), ("Service", "spec/selector"), ("PodDisruptionBudget", "spec/selector/matchLabels"),
            ("NetworkPolicy", "spec/podSelector/matchLabels"), ("PodMonitor", "spec/selector/matchLabels") };
        return from selector in selectors
               from manifest in Of(selector.Item1)
               let wanted = manifest.At(selector.Item2) as JsonObject
               where wanted is null || wanted.Any(label => labels[label.Key]?.ToString() != label.Value?.ToString())
               select $"The selector of the {selector.Item1} doesn't find the pods.";
    }

    private IEnumerable<string> References()
    {
        var maps = Of("ConfigMap").Select(map => map.Text("metadata/name")).ToHashSet();
        var missing = Deployment.All($"{Node}/envFrom").Select(source => source.Text("configMapRef/name")).Where(name => !maps.Contains(name));
        return missing.Select(name => $"There is no ConfigMap {name}.").Concat(Of("Secret").Select(secret => $"The Secret {secret.Text("metadata/name")} stands in the repository."));
    }

    private IEnumerable<string> UnknownSettings() =>
        Settings.Keys.Where(name => !SettingNames.IsKnown(name)).Select(name => $"docs/configuration.md doesn't have {name}.");

    private IEnumerable<JsonObject> Of(string kind) => manifests.Where(manifest => manifest.Text("kind") == kind);
}
