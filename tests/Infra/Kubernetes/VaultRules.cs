using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Serverless.Tests.Fixtures;

namespace Serverless.Tests.Infra.Kubernetes;

/// <summary>What has to fit together where Secrets come from a vault of infra/modules.</summary>
internal static partial class VaultRules
{
    private const string Pod = "spec/template/spec";

    private static readonly Lazy<string> Templates = new(() => string.Concat(
        Directory.EnumerateFiles(Repository.PathOf("infra", "modules", "shard"), "*.bicep").Select(File.ReadAllText)));

    public static IEnumerable<string> Faults(IReadOnlyList<JsonObject> manifests)
    {
        var deployment = manifests.Single(manifest => manifest.Text("kind") == "Deployment");
        return manifests.Where(manifest => manifest.Text("kind") == "SecretProviderClass").SelectMany(provider => Faults(provider, deployment));
    }

    private static IEnumerable<string> Faults(JsonObject provider, JsonObject deployment)
    {
        var taken = ObjectRule().Matches(provider.Text("spec/parameters/objects") ?? "").Select(match => match.Value).ToList();
        var made = (from secret in provider.All("spec/secretObjects") from entry in secret.All("data") select (Key: $"{secret.Text("secretName")}/{entry.Text("key")}", Object: entry.Text("objectName")!)).ToList();
        var read = (from entry in deployment.All($"{Pod}/containers/0/env")
                    let source = entry.At("valueFrom/secretKeyRef")
                    where source is not null
                    select (Key: $"{source.Text("name")}/{source.Text("key")}", Needed: source.Text("optional") != "true")).ToList();
        var volumes = deployment.All($"{Pod}/volumes").Where(volume => volume.Text("csi/volumeAttributes/secretProviderClass") == provider.Text("metadata/name")).Select(volume => volume.Text("name")).ToList();
        return
        [
            .. from key in read where key.Needed && !made.Any(each => each.Key == key.Key) select $"No secret of the vault becomes {key.Key}.",
            .. from secret in made where !read.Any(key => key.Key == secret.Key) select $"Of what comes from the vault nobody reads {secret.Key}.",
            .. from secret in made where !taken.Contains(secret.Object) select $"{secret.Object} isn't taken from the vault.",
            .. from name in taken where !Templates.Value.Contains($"name: '{name}'", StringComparison.Ordinal) select $"infra/modules has no secret {name}.",
            .. deployment.All($"{Pod}/containers/0/volumeMounts").Any(mount => volumes.Contains(mount.Text("name"))) ? [] : new[] { $"No pod mounts {provider.Text("metadata/name")}: then there are no Secrets." },
        ];
    }

    [GeneratedRegex("(?<=objectName: )[-a-z]+")]
    private static partial Regex ObjectRule();
}
