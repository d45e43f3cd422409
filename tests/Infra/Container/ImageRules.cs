using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Serverless.Tests.Fixtures;

namespace Serverless.Tests.Infra.Container;

/// <summary>What the node's image has to be. What clusters rely on stands in infra/kubernetes/base/deployment.yaml and infra/README.md.</summary>
internal static partial class ImageRules
{
    /// <summary>The most that the image adds to its base, compressed. infra/README.md says so.</summary>
    public const long MaxLayerBytes = 5 << 20;

    /// <summary>Stands in files that must not get into the image.</summary>
    public const string Secret = "a-secret-that-stays-on-the-machine-that-builds";

    private const string App = "app/";
    private const string Program = "Serverless.SelfHost.dll";

    private static readonly string[] Always =
    [
        $"{App}{Program}", $"{App}Serverless.Core.dll", $"{App}Serverless.SelfHost.deps.json", $"{App}Serverless.SelfHost.runtimeconfig.json", $"{App}libe_sqlite3.so",
        $"{App}wwwroot/lib/signalr/signalr.js", $"{App}wwwroot/lib/yjs/yjs.js", $"{App}wwwroot/lib/documents/documents.js",
        $"{App}wwwroot/lib/documents/sending.js",
    ];

    /// <summary>What is wrong, a line each; nothing when all is right.</summary>
    public static IReadOnlyList<string> Faults(PushedImage image) => [.. StartFaults(image), .. LabelFaults(image), .. FileFaults(image)];

    private static IEnumerable<string> StartFaults(PushedImage image)
    {
        (string Name, string Wanted, string Found)[] values =
        [
            ("os", "linux", Text(image.Config["os"])),
            ("architecture", "amd64", Text(image.Config["architecture"])),
            // by number: runAsNonRoot of Kubernetes can't judge a name
            ("User", "1654", Text(image.Start["User"])),
            ("WorkingDir", "/app/", Text(image.Start["WorkingDir"])),
            ("Entrypoint", $"[\"dotnet\",\"/app/{Program}\"]", Text(image.Start["Entrypoint"])),
            ("Cmd", "", Text(image.Start["Cmd"])),
            ("ExposedPorts", "{\"8080/tcp\":{}}", Text(image.Start["ExposedPorts"])),
            // the base image's path, and our port
            ("Env", "[\"PATH=/usr/bin\",\"ASPNETCORE_HTTP_PORTS=8080\"]", Text(image.Start["Env"])),
        ];
        return values.Where(value => value.Wanted != value.Found).Select(value => $"{value.Name} is {value.Found}, not {value.Wanted}");
    }

    private static IEnumerable<string> LabelFaults(PushedImage image)
    {
        const string Prefix = "org.opencontainers.image.";
        (string Name, Regex Wanted)[] labels =
        [
            ("licenses", new("^MIT$")), ("description", new("^A node of Serverless: ")), ("authors", new(".")), ("version", new(@"^\d+\.\d+\.\d+")), ("created", new(@"^\d{4}-\d\d-\d\dT")),
            ("base.name", new("/base:1$")), ("base.digest", new("^sha256:[0-9a-f]{64}$")),
        ];
        return labels.Where(label => !label.Wanted.IsMatch(Text(image.Start["Labels"]?[Prefix + label.Name]))).Select(label => $"label {Prefix}{label.Name} is missing or wrong");
    }

    private static IEnumerable<string> FileFaults(PushedImage image)
    {
        if (image.LayerBytes > MaxLayerBytes)
        {
            yield return $"the layer has {image.LayerBytes} bytes, more than {MaxLayerBytes}";
        }

        var paths = image.Files.Select(file => file.Path).ToHashSet();
        foreach (var missing in Always.Concat(Pages()).Concat(Proxies()).Where(path => !paths.Contains(path)))
        {
            yield return $"{missing} is missing";
        }

        var dependencies = image.Files.FirstOrDefault(file => file.Path == $"{App}Serverless.SelfHost.deps.json") is { } file ? Encoding.UTF8.GetString(file.Content) : "";
        foreach (var each in image.Files)
        {
            var name = each.Path.Split('/')[^1];
            if (!ExpectedRule().IsMatch(each.Path) || (name.EndsWith(".dll", StringComparison.Ordinal) && !DependencyRule(name).IsMatch(dependencies)) || TestRule().IsMatch(name))
            {
                yield return $"{each.Path} doesn't belong there";
            }

            if ((each.Mode & (UnixFileMode.OtherWrite | UnixFileMode.SetUser | UnixFileMode.SetGroup)) != 0)
            {
                yield return $"{each.Path} has the mode {each.Mode}";
            }

            if (each.Content.AsSpan().IndexOf(Encoding.UTF8.GetBytes(Secret)) >= 0)
            {
                yield return $"{each.Path} holds a secret";
            }
        }
    }

    private static IEnumerable<string> Pages() => Below(Repository.PathOf("selfhost", "wwwroot"), "*", "wwwroot").Where(path => !path.StartsWith($"{App}wwwroot/lib/", StringComparison.Ordinal));

    private static IEnumerable<string> Proxies() => Below(Repository.PathOf("infra", "nginx"), "*.conf", "nginx");

    private static IEnumerable<string> Below(string folder, string pattern, string name) =>
        Directory.EnumerateFiles(folder, pattern, SearchOption.AllDirectories).Select(file => $"{App}{name}/{Path.GetRelativePath(folder, file).Replace('\\', '/')}");

    private static string Text(JsonNode? node) => node is JsonValue value ? value.ToString() : node?.ToJsonString() ?? "";

    private static Regex DependencyRule(string name) => new($"[\"/]{Regex.Escape(name)}\"");

    [GeneratedRegex(@"^app/([A-Za-z0-9._]+\.dll|libe_sqlite3\.so|Serverless\.(Core|SelfHost)\.pdb|Serverless\.SelfHost\.(deps|runtimeconfig)\.json|nginx/([a-z]+/)?[a-z-]+\.conf|wwwroot/([a-z]+/){0,2}[a-z]+\.(js|css|html|svg))$")]
    private static partial Regex ExpectedRule();

    [GeneratedRegex("test|xunit", RegexOptions.IgnoreCase)]
    private static partial Regex TestRule();
}
