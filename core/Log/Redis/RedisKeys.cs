using System.Text;
using Serverless.Events;
using StackExchange.Redis;

namespace Serverless.Log.Redis;

/// <summary>
/// The keys of one stream. Its hash tag is one of a fixed number, so that all of them stand in one slot of a cluster and one blocking read covers
/// all streams with the same tag: <c>prefix:{3}:log:hub/0</c>.
/// </summary>
/// <param name="Partition">The number in the hash tag.</param>
/// <param name="Log">The stream itself.</param>
/// <param name="Side">The hash with its head, tag and counts.</param>
/// <param name="Keys">The sorted set of its idempotency keys.</param>
/// <param name="Snapshot">The hash with its snapshot: offset, tag, state.</param>
/// <param name="Checkpoints">The hash with the checkpoint of each reader: its name to positions, newest first, a space between them.</param>
internal sealed record RedisKeys(int Partition, RedisKey Log, RedisKey Side, RedisKey Keys, RedisKey Snapshot, RedisKey Checkpoints)
{
    /// <summary>The channel of what isn't stored.</summary>
    public required string Volatile { get; init; }

    private string Leases { get; init; } = "";

    /// <summary>Names a stream's keys.</summary>
    public static RedisKeys Of(LogOptions options, StreamName stream)
    {
        var name = stream.ToString();
        var partition = (int)(Hash(name) % (uint)options.RedisPartitions);
        string Named(string kind) => $"{options.RedisPrefix}:{{{partition}}}:{kind}:{name}";
        return new(partition, Named("log"), Named("side"), Named("keys"), Named("snapshot"), Named("checkpoints"))
        {
            Volatile = Named("volatile"),
            Leases = Named("lease"),
        };
    }

    /// <summary>Who holds a lease.</summary>
    public RedisKey Lease(string name) => $"{Leases}:{name}";

    /// <summary>Where the number of partitions is kept.</summary>
    public static RedisKey Partitions(LogOptions options) => $"{options.RedisPrefix}:chain-partitions";

    /// <summary>Where it was kept when entries didn't name the one before them.</summary>
    public static RedisKey PartitionsOfOldStore(LogOptions options) => $"{options.RedisPrefix}:partitions";

    /// <summary>A stream that only ends the blocking read of one reader in one partition.</summary>
    public static RedisKey Wake(LogOptions options, int partition, string reader) => $"{options.RedisPrefix}:{{{partition}}}:wake:{reader}";

    // FNV-1a: nodes of all versions must agree
    private static uint Hash(string name)
    {
        var hash = 2166136261u;
        foreach (var value in Encoding.UTF8.GetBytes(name))
        {
            hash = (hash ^ value) * 16777619u;
        }

        return hash;
    }
}
