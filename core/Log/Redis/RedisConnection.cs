using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace Serverless.Log.Redis;

/// <summary>Connects and sees that this Redis can hold the streams as this node is configured.</summary>
internal static class RedisConnection
{
    private static readonly Version Oldest = new(6, 2);

    /// <summary>Connects.</summary>
    /// <exception cref="LogOpenException">There is no such Redis, it is too old, or has another number of partitions.</exception>
    public static async Task<ConnectionMultiplexer> OpenAsync(
        RedisSettings settings, LogOptions options, ILogger logger, CancellationToken cancellationToken)
    {
        ConnectionMultiplexer? connection = null;
        try
        {
            connection = await ConnectionMultiplexer.ConnectAsync(settings.ForCommands()).WaitAsync(cancellationToken);
            await CheckPartitionsAsync(connection.GetDatabase(), settings, options).WaitAsync(cancellationToken);
            if (Version(connection) is { } version && version < Oldest)
            {
                throw new LogOpenException($"Redis at {settings.EndPoints} has version {version}: update it to {Oldest} or later.");
            }

            await CheckEvictionAsync(connection.GetDatabase(), settings, logger).WaitAsync(cancellationToken);
            return connection;
        }
        catch (Exception e)
        {
            if (connection is not null)
            {
                await connection.DisposeAsync();
            }

            if (e is RedisException or TimeoutException)
            {
                throw new LogOpenException(
                    $"Redis at {settings.EndPoints} can't be opened ({Reason(e)}): start it, or correct Serverless:Log:Redis.",
                    e);
            }

            throw;
        }
    }

    /// <summary>The version of a server that is connected.</summary>
    public static Version? Version(ConnectionMultiplexer connection) => connection.GetServers().FirstOrDefault(server => server.IsConnected)?.Version;

    /// <summary>What went wrong, in few words; what the client says of itself is in the inner exception.</summary>
    public static string Reason(Exception exception) => exception switch
    {
        TimeoutException => "no answer in time",
        RedisServerException server => server.Message,
        _ => "no connection",
    };

    private static async Task CheckPartitionsAsync(IDatabase database, RedisSettings settings, LogOptions options)
    {
        var key = RedisKeys.Partitions(options);
        await database.StringSetAsync(key, options.RedisPartitions, when: When.NotExists, flags: CommandFlags.DemandMaster);
        var kept = await database.StringGetAsync(key, CommandFlags.DemandMaster);
        if (kept != options.RedisPartitions)
        {
            throw new LogOpenException(
                $"Redis at {settings.EndPoints} holds streams under the prefix '{options.RedisPrefix}' in {kept} partitions, and this node is set to "
                + $"{options.RedisPartitions}: set Serverless:Log:RedisPartitions to {kept}, or another RedisPrefix.");
        }
    }

    private static async Task CheckEvictionAsync(IDatabase database, RedisSettings settings, ILogger logger)
    {
        const string Setting = "maxmemory_policy:";
        var memory = (string?)await database.ScriptEvaluateAsync("return redis.call('INFO', 'memory')") ?? "";
        var policy = memory.Split("\r\n").FirstOrDefault(line => line.StartsWith(Setting, StringComparison.Ordinal))?[Setting.Length..];
        if (policy?.StartsWith("allkeys", StringComparison.Ordinal) == true)
        {
            RedisEventLog.Log.Evicts(logger, settings.EndPoints, policy);
        }
    }
}
