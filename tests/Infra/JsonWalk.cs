using System.Text.Json.Nodes;

namespace Serverless.Tests.Infra;

/// <summary>Ways through parsed YAML.</summary>
internal static class JsonWalk
{
    /// <summary>What stands at a path of names and numbers, such as <c>spec/containers/0/name</c>; null when there is nothing.</summary>
    public static JsonNode? At(this JsonNode? node, string path) =>
        path.Split('/').Aggregate(node, (here, step) => here switch
        {
            JsonObject map => map[step],
            JsonArray list when int.TryParse(step, out var index) && index < list.Count => list[index],
            _ => null,
        });

    /// <summary>The items of a list at a path; none when there is no list.</summary>
    public static IEnumerable<JsonNode> All(this JsonNode? node, string path) => node.At(path).Items();

    /// <summary>The items of a list; none when it isn't one.</summary>
    public static IEnumerable<JsonNode> Items(this JsonNode? node) => (node as JsonArray)?.OfType<JsonNode>() ?? [];

    /// <summary>A scalar as text; null when there is none.</summary>
    public static string? Text(this JsonNode? node, string path) => node.At(path) is JsonValue value ? value.ToString() : null;

    /// <summary>All objects in a node, itself included.</summary>
    public static IEnumerable<JsonObject> Objects(this JsonNode? node) => node switch
    {
        JsonObject map => map.Select(pair => pair.Value).SelectMany(Objects).Prepend(map),
        JsonArray list => list.SelectMany(Objects),
        _ => [],
    };
}
