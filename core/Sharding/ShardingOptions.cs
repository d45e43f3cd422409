namespace Serverless.Sharding;

/// <summary>Hubs with several streams. Section <c>Serverless:Sharding</c>.</summary>
public sealed class ShardingOptions
{
    /// <summary>The hubs that have more than one stream, or shard-local groups. All processes that share a log need the same.</summary>
    /// <value>Default: none; each hub is one stream.</value>
    public IList<HubShardingOptions> Hubs { get; } = [];
}
