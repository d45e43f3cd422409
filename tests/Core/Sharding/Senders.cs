using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Serverless.Codec;
using Serverless.FanOut.Lanes;
using Serverless.Log;
using Serverless.Sharding;

namespace Serverless.Tests.Core.Sharding;

/// <summary>Makes senders as a host does.</summary>
internal static class Senders
{
    /// <summary>Each hub has one stream.</summary>
    public static HubStreams OneStream { get; } = new(Options.Create(new ShardingOptions()));

    /// <param name="pipeline">Appends.</param>
    /// <param name="log">What it appends to.</param>
    /// <param name="codec">Reads it.</param>
    /// <param name="time">The clock.</param>
    /// <param name="streams">Default: each hub has one stream.</param>
    /// <param name="lane">Default: one of its own.</param>
    public static HubSender Over(Pipeline pipeline, IEventLog log, FrameCodec codec, TimeProvider time, HubStreams? streams = null, VolatileLane? lane = null) => new(
        pipeline,
        lane ?? new(log, codec, Options.Create(new VolatileOptions()), time, NullLogger<VolatileLane>.Instance),
        streams ?? OneStream,
        new(log, time));

    /// <summary>One hub has several streams.</summary>
    public static HubStreams Several(string hub, int streams, bool localGroups = false)
    {
        var options = new ShardingOptions();
        options.Hubs.Add(new() { Name = hub, Streams = streams, LocalGroups = localGroups });
        return new(Options.Create(options));
    }
}
