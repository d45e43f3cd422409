using System.Globalization;
using System.Text.Json.Nodes;

namespace Serverless.Tests.Infra.Azure;

/// <summary>A resource of a <see cref="Snapshot"/>.</summary>
internal sealed class PredictedResource(JsonObject node)
{
    public string Id { get; } = node["id"]!.GetValue<string>();

    public string Type { get; } = node["type"]!.GetValue<string>();

    public string Name { get; } = node["name"]!.GetValue<string>();

    /// <summary>All of it, as JSON.</summary>
    public string Text => node.ToJsonString();

    /// <summary>The resource group, or empty where it isn't to be seen.</summary>
    public string Group => Id.Split('/') is { Length: > 4 } parts && Id.StartsWith("/subscriptions/", StringComparison.Ordinal) ? parts[4] : "";

    /// <summary>What stands at a path such as <c>properties.sku.name</c>, or <c>properties.rules[0]</c>; empty when there is nothing.</summary>
    public string At(string path) => Node(path) is { } found ? found is JsonValue value ? value.ToString() : found.ToJsonString() : "";

    /// <summary>The same as a node.</summary>
    public JsonNode? Node(string path)
    {
        JsonNode? here = node;
        foreach (var step in path.Replace("[", ".[", StringComparison.Ordinal).Split('.'))
        {
            here = step is ['[', .., ']']
                ? (here as JsonArray)?.ElementAtOrDefault(int.Parse(step[1..^1], CultureInfo.InvariantCulture))
                : (here as JsonObject)?[step];
        }

        return here;
    }
}
