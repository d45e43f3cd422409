using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace Serverless.Log.Redis;

/// <summary>What a server says of itself at the start: <c>INFO</c> and <c>TIME</c>. Servers and access rules may refuse either, and leave fields out.</summary>
internal static class ServerChecks
{
    private static readonly Version Oldest = new(6, 2);

    /// <summary>The clocks of nodes decide on the age of entries and of keys.</summary>
    private static readonly TimeSpan LargestSkew = TimeSpan.FromSeconds(10);

    /// <summary>Warns of what would lose streams, and of what couldn't be checked.</summary>
    /// <returns>The server's version; null when it isn't said.</returns>
    /// <exception cref="LogOpenException">It is too old.</exception>
    public static async Task<Version?> RunAsync(ConnectionMultiplexer connection, string endPoints, TimeProvider time, ILogger logger)
    {
        var server = connection.GetServers().Where(server => server.IsConnected).OrderBy(server => server.IsReplica).FirstOrDefault();
        var info = Read((string?)await AskAsync(server, "INFO"));
        var unknown = new List<string>();
        var version = Check("its version", "redis_version") is { } text && Version.TryParse(text, out var parsed) ? parsed : null;
        if (version < Oldest)
        {
            throw new LogOpenException($"Redis at {endPoints} has version {version}: update it to {Oldest} or later.");
        }

        if (Check("its eviction policy", "maxmemory_policy") is { } policy && policy.StartsWith("allkeys", StringComparison.Ordinal))
        {
            RedisEventLog.Log.Evicts(logger, endPoints, policy);
        }

        if (Check("its role", "role") is { } role && role != "master")
        {
            RedisEventLog.Log.Unsafe(logger, endPoints, $"the server that answers is a {role}: name the master, or all servers, in Serverless:Log:Redis.");
        }

        if (Check("whether it persists", "aof_enabled") == "0")
        {
            RedisEventLog.Log.Unsafe(logger, endPoints, "it keeps no append-only file, so a crash takes what was appended since its last save: set appendonly yes.");
        }

        if (await AskAsync(server, "TIME") is { Length: 2 } now)
        {
            var skew = time.GetUtcNow() - DateTimeOffset.FromUnixTimeSeconds((long)now[0]);
            if (skew.Duration() > LargestSkew)
            {
                RedisEventLog.Log.Unsafe(logger, endPoints, $"its clock and this machine's are {skew.Duration().TotalSeconds:0} s apart: synchronise both.");
            }
        }
        else
        {
            unknown.Add("its clock");
        }

        if (unknown.Count > 0)
        {
            RedisEventLog.Log.Unchecked(logger, endPoints, string.Join(", ", unknown));
        }

        return version;

        string? Check(string what, string field)
        {
            if (!info.TryGetValue(field, out var value))
            {
                unknown.Add(what);
            }

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
            // refused, or not there: what it would say is told to be unknown
            return null;
        }
    }

    private static Dictionary<string, string> Read(string? info)
    {
        var fields = new Dictionary<string, string>();
        foreach (var line in (info ?? "").Split("\r\n"))
        {
            if (line.Split(':', 2) is [var name, var value])
            {
                fields[name] = value;
            }
        }

        return fields;
    }
}
