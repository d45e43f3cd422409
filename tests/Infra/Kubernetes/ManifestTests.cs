using System.Text.Json.Nodes;
using Serverless.Tests.Architecture;
using Serverless.Tests.Fixtures;
using Xunit;

namespace Serverless.Tests.Infra.Kubernetes;

/// <summary>What an operator applies: the overlays of infra/kubernetes.</summary>
public sealed class ManifestTests(KubernetesSchemas schemas) : IClassFixture<KubernetesSchemas>
{
    private const string Pod = "spec/template/spec";
    private const string Node = $"{Pod}/containers/0";

    private const string ScaleUp = """{"stabilizationWindowSeconds":0,"policies":[{"type":"Percent","value":100,"periodSeconds":60}]}""";

    private const string ScaleDown = """
        {"stabilizationWindowSeconds":600,"selectPolicy":"Min","policies":[{"type":"Pods","value":1,"periodSeconds":300},{"type":"Percent","value":10,"periodSeconds":300}]}
        """;

    [Theory]
    [InlineData("hpa")]
    [InlineData("keda")]
    [InlineData("aks")]
    public async Task Overlay_Schemas_Agree(string overlay)
    {
        var text = Kustomize.Build(overlay);
        Assert.Null(StrictReader.Fault(text));
        var answer = await schemas.CheckAsync(text);
        Expect.None(answer.Errors, "Correct infra/kubernetes: the API server would refuse it, or ignore what it doesn't know.");
    }

    [Theory]
    [InlineData("hpa")]
    [InlineData("keda")]
    [InlineData("aks")]
    public async Task Overlay_Parts_FitTogether(string overlay)
    {
        var answer = await schemas.CheckAsync(Kustomize.Build(overlay));
        Expect.None(new ManifestRules(answer.Documents).Faults(), "Correct infra/kubernetes, or the settings that it sets.");
    }

    [Theory]
    [InlineData("hpa", "Deployment", "spec/strategy/rollingUpdate", """{"maxSurge":1,"maxUnavailable":0}""")]
    [InlineData("hpa", "Deployment", "spec/minReadySeconds", "10")]
    [InlineData("hpa", "Deployment", $"{Pod}/terminationGracePeriodSeconds", "335")]
    [InlineData("hpa", "Deployment", $"{Pod}/automountServiceAccountToken", "false")]
    [InlineData("hpa", "Deployment", $"{Pod}/topologySpreadConstraints/0/topologyKey", "\"topology.kubernetes.io/zone\"")]
    [InlineData("hpa", "Deployment", $"{Pod}/securityContext", """{"runAsNonRoot":true,"runAsUser":1654,"runAsGroup":1654,"seccompProfile":{"type":"RuntimeDefault"}}""")]
    [InlineData("hpa", "Deployment", $"{Node}/securityContext", """{"allowPrivilegeEscalation":false,"readOnlyRootFilesystem":true,"capabilities":{"drop":["ALL"]}}""")]
    [InlineData("hpa", "Deployment", $"{Node}/resources", """{"requests":{"cpu":"1","memory":"1Gi"},"limits":{"memory":"2Gi"}}""")]
    [InlineData("hpa", "Deployment", $"{Node}/startupProbe", """{"httpGet":{"path":"/health/live","port":"http"},"periodSeconds":2,"failureThreshold":30}""")]
    [InlineData("hpa", "Deployment", $"{Node}/livenessProbe", """{"httpGet":{"path":"/health/live","port":"http"},"periodSeconds":10,"timeoutSeconds":3,"failureThreshold":3}""")]
    [InlineData("hpa", "Deployment", $"{Node}/readinessProbe", """{"httpGet":{"path":"/health/ready","port":"http"},"periodSeconds":5,"timeoutSeconds":3,"failureThreshold":2}""")]
    [InlineData("hpa", "Deployment", $"{Node}/lifecycle", """{"preStop":{"httpGet":{"path":"/drain","port":"metrics"}}}""")]
    [InlineData("hpa", "Service", "spec/sessionAffinity", "\"ClientIP\"")]
    [InlineData("hpa", "Service", "spec/sessionAffinityConfig/clientIP/timeoutSeconds", "10800")]
    [InlineData("hpa", "PodDisruptionBudget", "spec/maxUnavailable", "1")]
    [InlineData("hpa", "PodDisruptionBudget", "spec/unhealthyPodEvictionPolicy", "\"AlwaysAllow\"")]
    [InlineData("hpa", "PodMonitor", "spec/podMetricsEndpoints", """[{"port":"metrics","path":"/metrics","interval":"15s"}]""")]
    [InlineData("hpa", "NetworkPolicy", "spec/ingress/1/from/0/namespaceSelector/matchLabels", """{"kubernetes.io/metadata.name":"monitoring"}""")]
    [InlineData("hpa", "HorizontalPodAutoscaler", "spec/minReplicas", "3")]
    [InlineData("hpa", "HorizontalPodAutoscaler", "spec/maxReplicas", "50")]
    [InlineData("hpa", "HorizontalPodAutoscaler", "spec/metrics/0/resource", """{"name":"cpu","target":{"type":"Utilization","averageUtilization":70}}""")]
    [InlineData("hpa", "HorizontalPodAutoscaler", "spec/metrics/1/pods", """{"metric":{"name":"websocket_connections"},"target":{"type":"AverageValue","averageValue":"8000"}}""")]
    [InlineData("hpa", "HorizontalPodAutoscaler", "spec/behavior/scaleUp", ScaleUp)]
    [InlineData("hpa", "HorizontalPodAutoscaler", "spec/behavior/scaleDown", ScaleDown)]
    [InlineData("keda", "ScaledObject", "spec/minReplicaCount", "3")]
    [InlineData("keda", "ScaledObject", "spec/maxReplicaCount", "50")]
    [InlineData("keda", "ScaledObject", "spec/triggers/0", """{"type":"cpu","metricType":"Utilization","metadata":{"value":"70"}}""")]
    [InlineData("keda", "ScaledObject", "spec/triggers/1/metricType", "\"AverageValue\"")]
    [InlineData("keda", "ScaledObject", "spec/triggers/1/metadata/query", "\"sum(websocket_connections{namespace=\\\"serverless\\\"})\"")]
    [InlineData("keda", "ScaledObject", "spec/triggers/1/metadata/threshold", "\"8000\"")]
    [InlineData("keda", "ScaledObject", "spec/triggers/1/metadata/ignoreNullValues", "\"false\"")]
    [InlineData("keda", "ScaledObject", "spec/advanced/horizontalPodAutoscalerConfig/behavior/scaleUp", ScaleUp)]
    [InlineData("keda", "ScaledObject", "spec/advanced/horizontalPodAutoscalerConfig/behavior/scaleDown", ScaleDown)]
    public async Task Overlay_Value_IsWhatWasDecided(string overlay, string kind, string path, string expected)
    {
        var answer = await schemas.CheckAsync(Kustomize.Build(overlay));
        var found = answer.Documents.Single(document => document.Text("kind") == kind).At(path);
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), found), $"{kind} {path} is {found?.ToJsonString() ?? "missing"}, not {expected}.");
    }

    /// <summary>Chart values and the operator's resource aren't applied by kustomize: at least they can be read, and say what they are there for.</summary>
    [Theory]
    [InlineData("overlays/hpa/adapter-rule.yaml", "sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)")]
    [InlineData("overlays/hpa/adapter-rule.yaml", "websocket_connections{namespace!=\"\",pod!=\"\"}")]
    [InlineData("redis/cluster.yaml", "appendonly yes")]
    [InlineData("redis/cluster.yaml", "maxmemory-policy noeviction")]
    public void Beside_Overlays_SayWhatTheyAreFor(string file, string text)
    {
        var content = File.ReadAllText(Repository.PathOf(["infra", "kubernetes", .. file.Split('/')]));
        Assert.NotEmpty(k8s.KubernetesYaml.Deserialize<Dictionary<string, object>>(content.Split("\n---\n")[0]));
        Assert.Contains(text, content, StringComparison.Ordinal);
    }
}
