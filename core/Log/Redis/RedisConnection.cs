using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace Serverless.Log.Redis;

/// <summary>Connects and sees that this Redis can hold the streams as this node is configured.</summary>
internal static class RedisConnection
{
    private static readonly string[] AuthenticationFaults = ["WRONGPASS", "NOAUTH", "AuthenticationFailure"];

    /// <summary>Connects.</summary>
    /// <returns>The connection, and the server's version, or null when it isn't said.</returns>
    /// <exception cref="LogOpenException">There is no such Redis, it is too old, or holds streams of another kind.</exception>
    public static async Task<(ConnectionMultiplexer Connection, Version? Version)> OpenAsync(
        RedisSettings settings, LogOptions options, TimeProvider time, ILogger logger, CancellationToken cancellationToken)
    {
        ConnectionMultiplexer? connection = null;
        using var told = new StringWriter();
        try
        {
            connection = await ConnectionMultiplexer.ConnectAsync(settings.ForCommands(), told).WaitAsync(cancellationToken);
            await CheckPartitionsAsync(connection.GetDatabase(), settings, options).WaitAsync(cancellationToken);
            return (connection, await ServerChecks.RunAsync(connection, settings.EndPoints, time, logger).WaitAsync(cancellationToken));
        }
        catch (Exception e)
        {
            var isReplica = connection?.GetServers().Where(server => server.IsConnected).ToList() is { Count: > 0 } servers && servers.TrueForAll(server => server.IsReplica);
            await (connection?.DisposeAsync() ?? ValueTask.CompletedTask);
            if (e is RedisException or TimeoutException)
            {
                throw new LogOpenException($"Redis at {settings.EndPoints} can't be opened ({Reason(e)}): {Remedy(e, isReplica, $"{told}")}", e);
            }

            throw;
        }
    }

    private static string Remedy(Exception fault, bool isReplica, string told) =>
        isReplica ? "only a replica answers. Name the master, or all servers, in Serverless:Log:Redis."
        : fault.Message.Contains("NOPERM", StringComparison.Ordinal) ? "give the user the rights in docs/redis.md."
        : AuthenticationFaults.Any(told.Contains) ? "it answers, and refuses the user or the password. Correct user= and password= in Serverless:Log:Redis."
        : "start it, or correct Serverless:Log:Redis.";

    /// <summary>What went wrong, in few words; what the client says of itself is in the inner exception.</summary>
    public static string Reason(Exception exception) => exception switch
    {
        TimeoutException => "no answer in time",
        RedisServerException server => server.Message,
        _ => "no connection",
    };

    private static async Task CheckPartitionsAsync(IDatabase database, RedisSettings settings, LogOptions options)
    {
        if (!(await database.StringGetAsync(RedisKeys.PartitionsOfOldStore(options), CommandFlags.DemandMaster)).IsNull)
        {
            throw new LogOpenException(
                $"Redis at {settings.EndPoints} holds streams of an earlier version under the prefix '{options.RedisPrefix}', whose entries don't name the one before them, so this "
                + "version can't go on with them: set another Serverless:Log:RedisPrefix, or delete the keys with this prefix.");
        }

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
}
