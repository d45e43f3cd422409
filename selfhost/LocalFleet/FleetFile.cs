using System.Text.Json;
using System.Text.Json.Nodes;
using Serverless.SelfHost.Hosting;

namespace Serverless.SelfHost.LocalFleet;

/// <summary>The fleet description of a local fleet, a file that its nodes watch and its user edits.</summary>
internal static class FleetFile
{
    /// <summary>Writes the shards, one a line. Weights and states that the file has for them are kept, since streams stay where these have put them.</summary>
    /// <exception cref="StartException">The file that is there can't be read.</exception>
    public static void Write(string path, FleetPlan plan)
    {
        var known = Known(path);
        var lines = plan.Shards.Select(shard => new JsonObject
        {
            ["name"] = shard.Name,
            ["region"] = shard.Name,
            ["endpoint"] = shard.Endpoint,
            ["weight"] = known.GetValueOrDefault(shard.Name)?["weight"]?.DeepClone() ?? 1,
            ["state"] = known.GetValueOrDefault(shard.Name)?["state"]?.DeepClone() ?? "active",
        }.ToJsonString());
        File.WriteAllText(path, $"[\n  {string.Join(",\n  ", lines)}\n]\n");
    }

    private static Dictionary<string, JsonNode> Known(string path)
    {
        try
        {
            return !File.Exists(path) ? []
                : JsonNode.Parse(File.ReadAllText(path))!.AsArray().ToDictionary(shard => shard!["name"]!.GetValue<string>(), shard => shard!);
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException or NullReferenceException or ArgumentException)
        {
            throw new StartException($"{path} is no fleet description. Mend it, or delete it to begin with equal weights.");
        }
    }
}
