using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;

namespace Serverless.Sharding;

/// <summary>
/// All shards of a fleet. Immutable. As JSON, in any order:
/// <code>[{ "name": "us-east", "region": "us-east", "endpoint": "https://us.example.com", "weight": 1, "state": "active" }, …]</code>
/// A name has 1 to 63 of small letters, digits and dashes; a region 1 to 63 characters; an endpoint is http or https, without a query; a weight is 0 to 1,000,000 (default 1);
/// a state is <c>active</c> (the default), <c>draining</c> or <c>lost</c>.
/// </summary>
public sealed partial class FleetDescription
{
    /// <summary>The most shards.</summary>
    public const int MaxShards = 1000;

    private const double MaxWeight = 1_000_000;

    private FleetDescription(IReadOnlyList<Shard> shards) => Shards = shards;

    /// <summary>In the order of the description.</summary>
    public IReadOnlyList<Shard> Shards { get; }

    /// <summary>Reads a description.</summary>
    /// <exception cref="FormatException">It isn't one; the message names all that is wrong.</exception>
    public static FleetDescription Parse(string json)
    {
        List<Entry?>? entries;
        try
        {
            entries = JsonSerializer.Deserialize(json, EntryJson.Default.ListEntry);
        }
        catch (JsonException fault)
        {
            throw new FormatException($"The fleet description can't be read: {fault.Message}", fault);
        }

        if (entries is null or { Count: 0 } or { Count: > MaxShards })
        {
            throw new FormatException($"The fleet description is an array of 1 to {MaxShards} shards.");
        }

        var faults = entries.SelectMany((entry, index) => entry is null ? [$"Shard {index} is null."] : entry.Check(index))
            .Concat(entries.GroupBy(entry => entry?.Name).Where(same => same.Key is not null && same.Count() > 1).Select(same => $"The name '{same.Key}' stands there twice."))
            .ToList();
        return faults.Count == 0
            ? new([.. entries.Select(entry => entry!.ToShard())])
            : throw new FormatException($"The fleet description is wrong. {string.Join(' ', faults)}");
    }

    /// <summary>The shard with this name, or null.</summary>
    public Shard? Find(string name) => Shards.FirstOrDefault(shard => shard.Name == name);

    /// <summary>The shard that has a key, of those that take clients.</summary>
    /// <param name="key">A room's name, say.</param>
    /// <param name="region">Only shards there count, if one of them takes clients; null for all.</param>
    /// <returns>Null when no shard takes clients.</returns>
    public Shard? Place(string key, string? region = null)
    {
        var candidates = Shards.Where(shard => shard.TakesClients).ToList();
        var near = candidates.FindAll(shard => shard.Region == region);
        var name = Rendezvous.Choose((near.Count > 0 ? near : candidates).Select(shard => (shard.Name, shard.Weight)), key);
        return name is null ? null : Find(name);
    }

    [GeneratedRegex(@"\A[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\z", RegexOptions.CultureInvariant)]
    private static partial Regex NameRule();

    /// <summary>A shard as it is written.</summary>
    private sealed record Entry(string? Name, string? Region, string? Endpoint, double Weight = 1, string? State = "active")
    {
        public IEnumerable<string> Check(int index)
        {
            var who = Name is null ? $"Shard {index}" : $"Shard '{Name}'";
            if (Name is null || !NameRule().IsMatch(Name))
            {
                yield return $"{who} needs a name of 1 to 63 small letters, digits and dashes, not at its ends.";
            }

            if (string.IsNullOrWhiteSpace(Region) || Region.Length > 63)
            {
                yield return $"{who} needs a region of 1 to 63 characters.";
            }

            if (!Uri.TryCreate(Endpoint, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https") || address.Query.Length > 0
                || address.Fragment.Length > 0 || address.UserInfo.Length > 0 || Endpoint.Any(char.IsWhiteSpace))
            {
                yield return $"{who} needs an endpoint with http or https, without a query, a user or blanks.";
            }

            if (!(Weight is >= 0 and <= MaxWeight))
            {
                yield return $"{who} has a weight that isn't 0 to {MaxWeight:0}.";
            }

            if (StateOf(State) is null)
            {
                yield return $"{who} has a state that isn't active, draining or lost.";
            }
        }

        public Shard ToShard() => new(Name!, Region!, AddressOf(new(Endpoint!)), Weight, StateOf(State)!.Value);

        /// <summary>In ASCII: it goes into headers.</summary>
        private static string AddressOf(Uri endpoint) =>
            $"{endpoint.Scheme}://{(endpoint.HostNameType == UriHostNameType.Dns ? endpoint.IdnHost : endpoint.Host)}{(endpoint.IsDefaultPort ? "" : $":{endpoint.Port}")}{endpoint.AbsolutePath.TrimEnd('/')}";

        private static ShardState? StateOf(string? text) => text switch
        {
            "active" => ShardState.Active,
            "draining" => ShardState.Draining,
            "lost" => ShardState.Lost,
            _ => null,
        };
    }

    [JsonSourceGenerationOptions(
        PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
    [JsonSerializable(typeof(List<Entry>))]
    private sealed partial class EntryJson : JsonSerializerContext;
}
