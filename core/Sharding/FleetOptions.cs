using System.ComponentModel.DataAnnotations;

namespace Serverless.Sharding;

/// <summary>The fleet of which this process is a part. Section <c>Serverless:Fleet</c>.</summary>
public sealed class FleetOptions
{
    /// <summary>The shard of this process; a name in the description. Needed with a description.</summary>
    /// <value>Default null: this process is in no fleet, or only sends clients to one.</value>
    public string? Shard { get; set; }

    /// <summary>The fleet description, as JSON (<see cref="FleetDescription"/>) or as the path of a file that holds it. Changes count without a restart.</summary>
    /// <value>Default null: there is one shard, this one.</value>
    public string? Description { get; set; }

    /// <summary>A Redis that holds the description instead, under <see cref="RedisKey"/>: <c>host:port,password=…</c>.</summary>
    /// <value>Default null.</value>
    public string? Redis { get; set; }

    /// <summary>The key of the description in that Redis.</summary>
    /// <value>1 to 200 characters; default <c>serverless:fleet</c>.</value>
    [Required]
    [StringLength(200, MinimumLength = 1)]
    public string RedisKey { get; set; } = "serverless:fleet";

    /// <summary>How often it is looked whether the description has changed.</summary>
    /// <value>100 ms to 10 minutes; default 2 s.</value>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:10:00")]
    public TimeSpan CheckEvery { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>How many clients a node has reconnect in a second when their room has moved to another shard.</summary>
    /// <value>1 to 100,000; default 200.</value>
    [Range(1, 100_000)]
    public int MovesPerSecond { get; set; } = 200;

    /// <summary>The access keys of shards that have another one than this process, by the shard's name: <c>Serverless:Fleet:Keys:eu-west</c>, or all of them as the text
    /// <c>{"eu-west":"…"}</c> of <c>Serverless:Fleet:Keys</c>. With them clients that are sent there get tokens that are good there.</summary>
    /// <value>Default: none; all shards have the same.</value>
    public IDictionary<string, string> Keys { get; } = new Dictionary<string, string>(StringComparer.Ordinal);
}
