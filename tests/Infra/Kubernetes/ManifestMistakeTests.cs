using Xunit;

namespace Serverless.Tests.Infra.Kubernetes;

/// <summary>Each check of manifests finds the mistake that it is there for.</summary>
public sealed class ManifestMistakeTests(KubernetesSchemas schemas) : IClassFixture<KubernetesSchemas>
{
    private const string ScaleTarget = "  scaleTargetRef:\n    apiVersion: apps/v1\n    kind: Deployment\n    name: serverless\n";

    [Theory]
    [InlineData("minReadySeconds:", "minReadySecond:", "minReadySecond")]
    [InlineData("maxSurge:", "maxSurges:", "maxSurges")]
    [InlineData("averageUtilization: 70", "averageUtilization: seventy", "averageUtilization")]
    public void StrictReader_UnknownFieldOrWrongScalar_Refuses(string right, string wrong, string named)
    {
        var fault = StrictReader.Fault(Mistaken("hpa", right, wrong));
        Assert.NotNull(fault);
        Assert.True(fault.Contains(named, StringComparison.OrdinalIgnoreCase) || fault.Contains("seventy", StringComparison.Ordinal), fault);
    }

    [Theory]
    [InlineData("hpa", "type: RollingUpdate", "type: Rolling", "spec/strategy/type")]
    [InlineData("hpa", ScaleTarget, "", "scaleTargetRef")]
    [InlineData("hpa", "        image: registry.example.com/serverless/node:0.1.0\n        lifecycle", "        image: 1\n        lifecycle", "image")]
    [InlineData("hpa", "kind: PodDisruptionBudget", "kind: PodDisruption", "no schema")]
    [InlineData("hpa", "interval: 15s", "intervall: 15s", "intervall is unknown")]
    [InlineData("hpa", "podMetricsEndpoints:", "podMetricEndpoints:", "podMetricEndpoints is unknown")]
    [InlineData("keda", "threshold: \"8000\"", "threshold: 8000", "threshold")]
    [InlineData("keda", "pollingInterval:", "polingInterval:", "polingInterval is unknown")]
    [InlineData("aks", "secretName: serverless-keys", "secret: serverless-keys", "secretName")]
    [InlineData("aks", "clientID:", "clientId:", "clientId")]
    [InlineData("aks", "keyvaultName:", "vaultName:", "keyvaultName")]
    [InlineData("keda", "    name: serverless\n  triggers", "  triggers", "scaleTargetRef")]
    public async Task Schemas_MissingEnumOrUnknownField_Refuse(string overlay, string right, string wrong, string named)
    {
        var answer = await schemas.CheckAsync(Mistaken(overlay, right, wrong));
        Assert.Contains(answer.Errors, error => error.Contains(named, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("terminationGracePeriodSeconds: 335", "terminationGracePeriodSeconds: 330", "grace")]
    [InlineData("Serverless__Drain__Timeout", "Serverless__Drain__Time", "grace")]
    [InlineData("http://+:8080", "http://+:8888", "ASPNETCORE_URLS")]
    [InlineData("http://+:9090", "http://+:9091", "Serverless__Admin__Urls")]
    [InlineData("http://$(POD_IP):8080", "http://$(POD_IP):8081", "Serverless__Peers__Address")]
    [InlineData("path: /drain\n              port: metrics", "path: /drain\n              port: admin", "no port admin")]
    [InlineData("targetPort: http", "targetPort: metrics", "Service exposes")]
    [InlineData("  - from:\n    - namespaceSelector:\n        matchLabels:\n          kubernetes.io/metadata.name: monitoring\n    ports:", "  - ports:", "everybody")]
    [InlineData("Serverless__Log__Kind", "Serverless__Log__Knd", "doesn't have Serverless__Log__Knd")]
    [InlineData(ScaleTarget, "  scaleTargetRef:\n    name: node\n", "target node")]
    [InlineData("  minReadySeconds: 10\n", "  minReadySeconds: 10\n  replicas: 3\n", "replicas")]
    [InlineData("kind: HorizontalPodAutoscaler", "kind: Autoscaler", "0 autoscalers")]
    [InlineData("configMapRef:\n            name: serverless-settings", "configMapRef:\n            name: settings", "no ConfigMap")]
    public async Task Rules_WhatDoesNotFit_IsFound(string right, string wrong, string named)
    {
        var answer = await schemas.CheckAsync(Mistaken("hpa", right, wrong));
        Assert.Contains(new ManifestRules(answer.Documents).Faults(), fault => fault.Contains(named, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("key: primary\n      objectName", "key: first\n      objectName", "serverless-keys/primary")]
    [InlineData("key: connection\n      objectName", "key: redis\n      objectName", "nobody reads serverless-redis/redis")]
    [InlineData("objectName: upstream-url\n    secretName", "objectName: upstream\n    secretName", "upstream isn't taken")]
    [InlineData("objectName: fleet-keys\n          objectType", "objectName: fleet-key\n          objectType", "infra/modules has no secret fleet-key")]
    [InlineData("secretProviderClass: serverless-vault", "secretProviderClass: vault", "No pod mounts serverless-vault")]
    [InlineData("        - mountPath: /mnt/vault\n          name: vault\n          readOnly: true\n", "", "No pod mounts serverless-vault")]
    public async Task Rules_VaultThatDoesNotFit_IsFound(string right, string wrong, string named)
    {
        var answer = await schemas.CheckAsync(Mistaken("aks", right, wrong));
        Assert.Contains(new ManifestRules(answer.Documents).Faults(), fault => fault.Contains(named, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Rules_BothAutoscalers_AreFound()
    {
        var keda = Kustomize.Build("keda");
        var answer = await schemas.CheckAsync(Kustomize.Build("hpa") + "\n---\n" + keda.Split("\n---\n").Single(document => document.Contains("kind: ScaledObject", StringComparison.Ordinal)));
        Assert.Contains(new ManifestRules(answer.Documents).Faults(), fault => fault.StartsWith("2 autoscalers", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Rules_SelectorOfOtherPods_IsFound()
    {
        var text = Kustomize.Build("hpa");
        var service = text.Split("\n---\n").Single(document => document.Contains("kind: Service\n", StringComparison.Ordinal));
        var wrong = service.Replace("app.kubernetes.io/component: node", "app.kubernetes.io/component: nodes", StringComparison.Ordinal);
        Assert.NotEqual(service, wrong);
        var answer = await schemas.CheckAsync(text.Replace(service, wrong, StringComparison.Ordinal));
        Assert.Contains("The selector of the Service doesn't find the pods.", new ManifestRules(answer.Documents).Faults());
    }

    private static string Mistaken(string overlay, string right, string wrong)
    {
        var text = Kustomize.Build(overlay);
        Assert.Contains(right, text, StringComparison.Ordinal);
        return text.Replace(right, wrong, StringComparison.Ordinal);
    }
}
