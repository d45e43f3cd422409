using System.ComponentModel.DataAnnotations;

namespace Serverless.Log;

/// <summary>Where streams are kept and for how long. Section <c>Serverless:Log</c>.</summary>
public sealed class LogOptions
{
    /// <summary>The implementation.</summary>
    /// <value>Default: <see cref="LogKind.Redis"/> when <see cref="Redis"/> is set, else <see cref="LogKind.Embedded"/>.</value>
    public LogKind? Kind { get; set; }

    /// <summary>The folder of the embedded log; created when missing.</summary>
    /// <value>Default <c>data</c>, relative to the working folder.</value>
    [Required]
    public string Path { get; set; } = "data";

    /// <summary>When an append of the embedded log is durable.</summary>
    /// <value>Default <see cref="FsyncMode.Interval"/>.</value>
    public FsyncMode Fsync { get; set; } = FsyncMode.Interval;

    /// <summary>The Redis log's configuration, as StackExchange.Redis reads it: <c>host:port,password=…</c>.</summary>
    /// <value>Default null: no Redis.</value>
    public string? Redis { get; set; }

    /// <summary>Over how many hash tags the streams are spread in Redis. Kept in Redis: all nodes must have the same.</summary>
    /// <value>1 to 1,024; default 8.</value>
    [Range(1, 1024)]
    public int RedisPartitions { get; set; } = 8;

    /// <summary>The prefix of all keys in Redis.</summary>
    /// <value>Default <c>serverless</c>.</value>
    [Required, RegularExpression("[A-Za-z0-9_.-]{1,64}")]
    public string RedisPrefix { get; set; } = "serverless";

    /// <summary>The age after which an entry may be dropped.</summary>
    /// <value>1 minute to 10 years; default 24 hours.</value>
    [Range(typeof(TimeSpan), "00:01:00", "3650.00:00:00")]
    public TimeSpan RetentionAge { get; set; } = TimeSpan.FromHours(24);

    /// <summary>The bytes of frames above which a stream drops its oldest entries.</summary>
    /// <value>64 KiB or more; default null: 1 GiB, or 256 MiB in Redis.</value>
    [Range(64 * 1024, long.MaxValue)]
    public long? RetentionBytes { get; set; }

    /// <summary>The number of events above which a stream drops its oldest entries.</summary>
    /// <value>1 or more; default null: no such limit.</value>
    [Range(1, long.MaxValue)]
    public long? RetentionEvents { get; set; }

    /// <summary>How long an idempotency key is known at least; at most twice as long.</summary>
    /// <value>1 second to 1 hour; default 5 minutes.</value>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan KeyWindow { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>The implementation in force.</summary>
    public LogKind EffectiveKind => Kind ?? (string.IsNullOrEmpty(Redis) ? LogKind.Embedded : LogKind.Redis);
}

/// <summary>The implementations of <see cref="IEventLog"/>.</summary>
public enum LogKind
{
    /// <summary>In the process; gone with it. For tests and trials.</summary>
    Memory,

    /// <summary>One SQLite file.</summary>
    Embedded,

    /// <summary>Redis streams, shared by several nodes.</summary>
    Redis,
}

/// <summary>When an append of the embedded log is durable.</summary>
public enum FsyncMode
{
    /// <summary>Survives the end of the process by any means; a power cut may take the last moment.</summary>
    Interval,

    /// <summary>On the disk before it is acknowledged; costs one sync of the disk a transaction.</summary>
    Commit,
}
