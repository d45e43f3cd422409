using StackExchange.Redis;

namespace Serverless.Log.Redis;

/// <summary>Keeps a stream's snapshot in a hash of its own; its offset stands in the side key too, where trimming looks.</summary>
internal static class Snapshots
{
    // KEYS 1 the side key, 2 the snapshot; ARGV 1 epoch, 2 offset, 3 state
    private const string Script = """
        if tonumber(redis.call('HGET', KEYS[1], 'snapshot') or -1) >= tonumber(ARGV[2]) then return 0 end
        redis.call('HSET', KEYS[2], 'epoch', ARGV[1], 'offset', ARGV[2], 'state', ARGV[3])
        redis.call('HSET', KEYS[1], 'snapshot', ARGV[2])
        return 1
        """;

    public static Task<RedisResult> SaveAsync(IDatabase database, RedisKeys keys, Snapshot snapshot) => database.ScriptEvaluateAsync(
        Script, [keys.Side, keys.Snapshot], [snapshot.At.Epoch, snapshot.At.Offset, snapshot.State], CommandFlags.DemandMaster);

    public static async Task<Snapshot?> ReadAsync(IDatabase database, RedisKeys keys)
    {
        var fields = await database.HashGetAsync(keys.Snapshot, ["epoch", "offset", "state"], CommandFlags.DemandMaster);
        return fields[0].IsNull ? null : new(new((string)fields[0]!, (long)fields[1]), (byte[])fields[2]!);
    }
}
