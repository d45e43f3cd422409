using System.Globalization;
using Microsoft.Extensions.Options;
using Serverless.Events;

namespace Serverless.Sharding;

/// <summary>
/// The streams of hubs. Most hubs have one, <c>hub/0</c>. A hub with several places each connection on one of them; what is sent to the hub, to a user or to a group is appended to
/// shard 0 and copied on to the others, unless groups are shard-local. Thread-safe.
/// </summary>
public sealed class HubStreams
{
    /// <summary>The most streams of a hub: as many as six bits of a connection id name.</summary>
    public const int MaxStreams = 64;

    private const int IdLength = 22;
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    private readonly Dictionary<string, Sharded> _hubs;

    /// <summary>Reads the settings.</summary>
    /// <exception cref="ArgumentException">A hub's name breaks the rule, or stands there twice.</exception>
    public HubStreams(IOptions<ShardingOptions> options) =>
        _hubs = options.Value.Hubs.ToDictionary(hub => new StreamName(hub.Name).Hub, hub => new Sharded(hub));

    /// <summary>The hubs that have several streams: their shards 0.</summary>
    public IEnumerable<StreamName> Hubs => _hubs.Values.Where(hub => hub.All.Length > 1).Select(hub => hub.All[0]);

    /// <summary>Whether a hub has several streams.</summary>
    public bool HasSeveral(StreamName hub) => Find(hub.Hub) is { All.Length: > 1 };

    /// <summary>All streams of a hub, by shard.</summary>
    /// <param name="hub">One of them.</param>
    public IReadOnlyList<StreamName> Of(StreamName hub) => Find(hub.Hub)?.All ?? [new(hub.Hub)];

    /// <summary>The stream of a connection, which its id names in its first character when the hub has several.</summary>
    /// <param name="hub">A stream of the hub.</param>
    /// <param name="connection">Of 22 characters, as nodes make them; others are in shard 0.</param>
    public StreamName Of(StreamName hub, ConnectionId connection) =>
        Find(hub.Hub) is not { All: var all } ? new(hub.Hub)
        : connection.Value.Length == IdLength && Alphabet.IndexOf(connection.Value[0], StringComparison.Ordinal) is >= 0 and var shard && shard < all.Length ? all[shard]
        : all[0];

    /// <summary>Where a connection is placed.</summary>
    /// <param name="hub">The hub, in any case.</param>
    /// <param name="key">Its shard key: room or user, or anything.</param>
    public StreamName Place(string hub, string key)
    {
        var main = new StreamName(hub);
        return Find(main.Hub)?.Place(key) ?? main;
    }

    /// <summary>The one stream that a group lives in.</summary>
    /// <param name="hub">A stream of the hub.</param>
    /// <param name="group">The group. That of a document lives where the document's name would.</param>
    /// <returns>Null when it has members in all streams.</returns>
    public StreamName? Home(StreamName hub, string group) =>
        Find(hub.Hub) is { LocalGroups: true } sharded
            ? sharded.Place(group.StartsWith(EventRules.DocumentGroups, StringComparison.Ordinal) ? group[EventRules.DocumentGroups.Length..] : group)
            : null;

    private Sharded? Find(string hub) => _hubs.Count == 0 ? null : _hubs.GetValueOrDefault(hub);

    private sealed class Sharded(HubShardingOptions options)
    {
        private readonly (string, double)[] _shards =
            [.. Enumerable.Range(0, options.Streams).Select(shard => (shard.ToString(CultureInfo.InvariantCulture), 1.0))];

        public StreamName[] All { get; } = [.. Enumerable.Range(0, options.Streams).Select(shard => new StreamName(options.Name, shard))];

        public bool LocalGroups { get; } = options is { LocalGroups: true, Streams: > 1 };

        public StreamName Place(string key) => All.Length == 1 ? All[0] : All[int.Parse(Rendezvous.Choose(_shards, key)!, CultureInfo.InvariantCulture)];
    }
}
