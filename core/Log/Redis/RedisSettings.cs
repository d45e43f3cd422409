using System.Net;
using StackExchange.Redis;

namespace Serverless.Log.Redis;

/// <summary>How to connect: <see cref="LogOptions.Redis"/>, with what this log relies on set.</summary>
internal sealed class RedisSettings
{
    /// <summary>How long one blocking read waits, and so how soon a reset is noticed on a quiet stream.</summary>
    public static readonly TimeSpan Block = TimeSpan.FromSeconds(1);

    /// <summary>The oldest version that works.</summary>
    public static readonly Version Oldest = new(6, 2);

    private readonly ConfigurationOptions _configuration;

    private RedisSettings(ConfigurationOptions configuration) => _configuration = configuration;

    /// <summary>The hosts and ports, for people.</summary>
    public string EndPoints => string.Join(", ", _configuration.EndPoints.Select(Name));

    /// <summary>Reads the configuration.</summary>
    /// <exception cref="LogOpenException">It is missing or can't be read. Its text isn't shown, since it may hold a password.</exception>
    public static RedisSettings Parse(LogOptions options)
    {
        if (string.IsNullOrWhiteSpace(options.Redis))
        {
            throw new LogOpenException("The Redis log has no server: set Serverless:Log:Redis to host:port.");
        }

        ConfigurationOptions configuration;
        try
        {
            configuration = ConfigurationOptions.Parse(options.Redis);
        }
        catch (ArgumentException)
        {
            throw new LogOpenException("Serverless:Log:Redis can't be read by StackExchange.Redis: write it as host:port,password=….");
        }

        if (configuration.EndPoints.Count == 0)
        {
            throw new LogOpenException("Serverless:Log:Redis names no server: begin it with host:port.");
        }

        configuration.SetDefaultPorts();
        configuration.AbortOnConnectFail = false;

        // the client lets nobody ask INFO without it
        configuration.AllowAdmin = true;

        // an append fails while there is no connection, instead of being sent some time later when nobody waits for it any more
        configuration.BacklogPolicy = BacklogPolicy.FailFast;
        configuration.Protocol = RedisProtocol.Resp2;

        // the library's own key and channel, which no access rule for this prefix would allow; roles tell which server is the master
        (configuration.TieBreaker, configuration.ConfigurationChannel) = ("", $"{options.RedisPrefix}:client");
        // servers say it by HELLO, to anybody; one that doesn't is taken for the oldest
        configuration.DefaultVersion = Oldest;
        configuration.ReconnectRetryPolicy = new LinearRetry(200);

        // of several servers, which one is the master now; by itself the client asks once a minute
        configuration.ConfigCheckSeconds = Math.Min(configuration.ConfigCheckSeconds, 2);
        configuration.HeartbeatInterval = TimeSpan.FromMilliseconds(500);
        return new(configuration);
    }

    /// <summary>For a connection that takes appends, pages and checks.</summary>
    public ConfigurationOptions ForCommands() => Named("serverless");

    /// <summary>For a connection that only waits for entries.</summary>
    public ConfigurationOptions ForBlockingReads(int partition)
    {
        var configuration = Named($"serverless-follow-{partition}");
        configuration.AsyncTimeout = Math.Max(configuration.AsyncTimeout, 5 * (int)Block.TotalMilliseconds);
        return configuration;
    }

    private static string Name(EndPoint endPoint) => endPoint is DnsEndPoint dns ? $"{dns.Host}:{dns.Port}" : endPoint.ToString() ?? "";

    private ConfigurationOptions Named(string name)
    {
        var configuration = _configuration.Clone();
        configuration.ClientName ??= name;
        return configuration;
    }
}
