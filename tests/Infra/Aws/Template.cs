using System.Text.Json.Nodes;
using Serverless.Tests.Fixtures;

namespace Serverless.Tests.Infra.Aws;

/// <summary>A template of infra/aws.</summary>
internal sealed class Template(JsonObject content)
{
    /// <summary>The text of a file.</summary>
    public static string Read(string name) => File.ReadAllText(Repository.PathOf("infra", "aws", $"{name}.yaml"));

    /// <summary>All of it, as JSON.</summary>
    public string Text => content.ToJsonString();

    /// <summary>What is below <c>Resources</c>: name and resource.</summary>
    public IEnumerable<KeyValuePair<string, JsonObject>> Resources => content[nameof(Resources)]!.AsObject().Select(pair => KeyValuePair.Create(pair.Key, pair.Value!.AsObject()));

    /// <summary>A value in the properties of a resource.</summary>
    public JsonNode? Property(string resource, string path) => content.At($"Resources/{resource}/Properties/{path}");

    /// <summary>The properties of all resources of a type, <c>EC2::SecurityGroup</c>.</summary>
    public IEnumerable<JsonNode> OfType(string type) => Resources.Where(pair => pair.Value.Text("Type") == $"AWS::{type}").Select(pair => pair.Value["Properties"]!);

    /// <summary>The value of an attribute such as <c>idle_timeout.timeout_seconds</c>; null when it isn't set.</summary>
    public string? Attribute(string resource, string list, string key) =>
        (Property(resource, list) as JsonArray ?? []).FirstOrDefault(item => item.Text("Key") == key).Text("Value");
}
