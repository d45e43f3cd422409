using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace Serverless.Log.Redis;

/// <summary>Checks the server at the start by <c>INFO</c> and <c>TIME</c>. Servers and access rules may refuse either, and leave fields out.</summary>
internal static class ServerChecks
{
    /// <summary>The clocks of nodes decide on the age of entries and of keys.</summary>
    private static readonly TimeSpan LargestSkew = TimeSpan.FromSeconds(10);

    /// <summary>Warns of what would lose streams, and of what couldn't be checked.</summary>
    /// <returns>The server's version; null when it isn't said.</returns>
    /// <exception cref="LogOpenException">It is too old.</exception>
    public static async Task<Version?> RunAsync(ConnectionMultiplexer connection, string endPoints, TimeProvider time, ILogger logger)
    {
        var server = connection.GetServers().Where(server => server.IsConnected).OrderBy(server => server.IsReplica).FirstOrDefault();
        var lines = ((string?)await AskAsync(server, "INFO") ?? "").Split("\r\n").Select(line => line.Split(':', 2)).Where(parts => parts.Length == 2);
        var info = lines.ToLookup(parts => parts[0], parts => parts[1]);
        var unknown = new List<string>();
        if (server?.Version is { } version && version < RedisSettings.Oldest)
        {
            throw new LogOpenException($"Redis at {endPoints} has version {version}: update it to {RedisSettings.Oldest} or later.");
        }

        if (Field("its eviction policy", "maxmemory_policy") is { } policy && policy.StartsWith("allkeys", StringComparison.Ordinal))
        {
            Warn($"it may evict streams (maxmemory-policy {policy}), which readers see as a reset: set maxmemory-policy to noeviction.");
        }

        if (Field("whether it persists", "aof_enabled") == "0")
        {
            Warn("it keeps no append-only file, so a crash takes what was appended since its last save: set appendonly yes.");
        }

        var now = await AskAsync(server, "TIME");
        if (now is not { Length: 2 })
        {
            unknown.Add("its clock");
        }
        else if ((time.GetUtcNow() - DateTimeOffset.FromUnixTimeSeconds((long)now[0])).Duration() is var skew && skew > LargestSkew)
        {
            Warn($"its clock and this machine's are {skew.TotalSeconds:0} s apart: synchronise both.");
        }

        if (unknown.Count > 0)
        {
            Warn($"it doesn't say {string.Join(", ", unknown)}, so that isn't checked. Allow the user +info and +time, or see to it yourself: docs/redis.md.");
        }

        return server?.Version;

        void Warn(string warning) => RedisEventLog.Log.Unsafe(logger, endPoints, warning);

        string? Field(string what, string name)
        {
            var value = info[name].FirstOrDefault();
            unknown.AddRange(value is null ? [what] : []);
            return value;
        }
    }

    private static async Task<RedisResult?> AskAsync(IServer? server, string command)
    {
        try
        {
            return server is null ? null : await server.ExecuteAsync(command);
        }
        catch (Exception e) when (e is RedisException or TimeoutException)
        {
            // refused: what it would say is told to be unknown
            return null;
        }
    }
}
