using System.ComponentModel.DataAnnotations;

namespace Serverless.Sharding;

/// <summary>The streams of one hub. Section <c>Serverless:Sharding:Hubs:0</c>.</summary>
public sealed class HubShardingOptions
{
    /// <summary>The hub.</summary>
    /// <value>A hub's name, in any case; no two the same.</value>
    public string Name { get; set; } = "";

    /// <summary>How many streams it has; a connection is placed on one by its room, user or id.</summary>
    /// <value>1 to 64; default 1. Change it only while no process that uses the hub runs.</value>
    [Range(1, HubStreams.MaxStreams)]
    public int Streams { get; set; } = 1;

    /// <summary>Whether a group lives in the one stream that its name hashes to: sends to it go there alone, and only connections placed there can join it.</summary>
    /// <value>Default false: a group has members in all streams.</value>
    public bool LocalGroups { get; set; }
}
