using System.Security.Cryptography;
using Serverless.Events;

namespace Serverless.Sharding;

/// <summary>
/// Says on which shard a client belongs. With a room: on the room's, of all shards that take clients. Without: on one in the region of this process, by its user. A region that
/// the client names counts in both cases while a shard there takes clients. The same in the node and in the functions app. Thread-safe.
/// </summary>
public sealed class Placement(Fleet fleet)
{
    /// <summary>The shard for a client that comes.</summary>
    /// <param name="key">What it says.</param>
    /// <param name="user">Its user, or null.</param>
    public PlacementResult Place(PlacementKey key, string? user)
    {
        if (fleet.Current is not { } shards)
        {
            return PlacementResult.Here.Instance;
        }

        var region = key.Region ?? (key.Room is null && fleet.Own is { } own ? shards.Find(own)?.Region : null);
        // who is nobody goes anywhere, by the weights
        return shards.Place(key.Room ?? user ?? RandomNumberGenerator.GetHexString(16), region) is { } shard
            ? new PlacementResult.At(shard)
            : PlacementResult.Nowhere.Instance;
    }

    /// <summary>Whether a client that is here, or comes here, belongs on another shard.</summary>
    /// <returns>That shard; null when it may stay: also when no shard takes clients.</returns>
    public Shard? Elsewhere(PlacementKey key, string? user)
    {
        if (fleet.Current is not { } shards || fleet.Own is not { } own)
        {
            return null;
        }

        // without a room any shard that takes clients will do
        var here = shards.Find(own);
        return key.Room is null && here?.TakesClients == true && (key.Region is null || key.Region == here.Region || !HasRegion(shards, key.Region)) ? null
            : Place(key, user) is PlacementResult.At(var shard) && shard.Name != own ? shard
            : null;
    }

    private static bool HasRegion(FleetDescription shards, string region) => shards.Shards.Any(shard => shard.TakesClients && shard.Region == region);
}
