using k8s;

namespace Serverless.Tests.Infra.Kubernetes;

/// <summary>Reads manifests by the .NET client, which refuses fields that Kubernetes doesn't know.</summary>
internal static class StrictReader
{
    private static readonly string[] Custom = ["monitoring.coreos.com/", "keda.sh/", "secrets-store.csi.x-k8s.io/"];

    /// <summary>What it refuses; custom resources, which it doesn't know, are left out.</summary>
    public static string? Fault(string manifests)
    {
        var own = manifests.Split("\n---\n").Where(document => !Custom.Any(group => document.Contains($"apiVersion: {group}", StringComparison.Ordinal)));
        try
        {
            var objects = KubernetesYaml.LoadAllFromString(string.Join("\n---\n", own), null, strict: true);
            return objects.Count > 0 ? null : "There is nothing in it.";
        }
        catch (Exception fault)
        {
            return $"{fault.Message} {fault.InnerException?.Message}";
        }
    }
}
