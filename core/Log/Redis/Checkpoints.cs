using System.Globalization;
using StackExchange.Redis;

namespace Serverless.Log.Redis;

/// <summary>Keeps how far the readers of a stream have come, in a hash of its own.</summary>
internal static class Checkpoints
{
    public static Task<bool> SaveAsync(IDatabase database, RedisKeys keys, string reader, Position at) =>
        database.HashSetAsync(keys.Checkpoints, reader, string.Create(CultureInfo.InvariantCulture, $"{at.Epoch} {at.Offset}"), flags: CommandFlags.DemandMaster);

    public static async Task<Position?> ReadAsync(IDatabase database, RedisKeys keys, string reader) =>
        (string?)await database.HashGetAsync(keys.Checkpoints, reader, CommandFlags.DemandMaster) is { } text && text.Split(' ') is [var epoch, var offset]
            ? new(epoch, long.Parse(offset, CultureInfo.InvariantCulture))
            : null;
}
