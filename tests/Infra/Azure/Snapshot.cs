using System.Text.Json;
using System.Text.Json.Nodes;
using Serverless.Tests.Fixtures;

namespace Serverless.Tests.Infra.Azure;

/// <summary>What Bicep predicts for a fleet: resources, with their names and settings.</summary>
internal sealed class Snapshot
{
    private readonly JsonObject _all;

    private Snapshot(string text)
    {
        _all = JsonNode.Parse(text)!.AsObject();
        Resources = [.. _all["predictedResources"]!.AsArray().Select(node => new PredictedResource(node!.AsObject()))];
    }

    /// <summary>The names of the fleets that have one.</summary>
    public static IEnumerable<string> Names => ["one", "three", "private"];

    public IReadOnlyList<PredictedResource> Resources { get; }

    public JsonArray Diagnostics => _all["diagnostics"]!.AsArray();

    public JsonObject Outputs => _all["outputs"]!.AsObject();

    /// <summary>The shards, as the output says them.</summary>
    public IEnumerable<JsonObject> Shards => Outputs["SHARDS"]!.AsArray().Select(node => node!.AsObject());

    /// <summary>Whether there are private endpoints.</summary>
    public bool IsPrivate => Of("Microsoft.Network/privateEndpoints").Any();

    public static string TextOf(string fleet) => File.ReadAllText(Repository.PathOf("infra", $"fleet.{fleet}.snapshot.json"));

    /// <exception cref="JsonException">It isn't JSON.</exception>
    public static Snapshot Parse(string text) => new(text);

    public IEnumerable<PredictedResource> Of(string type) => Resources.Where(resource => resource.Type == type);
}
