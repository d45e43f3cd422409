using Microsoft.Extensions.Logging;
using Serverless.Events;

namespace Serverless.Log.Redis;

internal sealed partial class RedisEventLog
{
    /// <summary>What this log tells.</summary>
    internal static partial class Log
    {
        [LoggerMessage(1340, LogLevel.Information, "Streams are kept in Redis at {EndPoints}, version {Version}, in {Partitions} partitions.")]
        public static partial void Opened(ILogger logger, string endPoints, string version, int partitions);

        [LoggerMessage(1341, LogLevel.Warning,
            "Redis at {EndPoints} can't be read, so followers wait for it. See that it runs, that this node reaches it, that it is the master, and the user's rights.")]
        public static partial void OutOfReach(ILogger logger, string endPoints, Exception exception);

        [LoggerMessage(1342, LogLevel.Debug, "Redis at {EndPoints} still can't be read for {Reader}.")]
        public static partial void StillOutOfReach(ILogger logger, string reader, string endPoints, Exception exception);

        [LoggerMessage(1343, LogLevel.Information, "Redis at {EndPoints} can be read again; followers go on.")]
        public static partial void InReach(ILogger logger, string endPoints);

        [LoggerMessage(1345, LogLevel.Warning,
            "Stream {Stream} lost events that Redis had acknowledged, up to offset {Offset}; its head is {Head} now. Readers that saw lost events are reset. "
            + "After a crash of Redis, set appendfsync always; after a failover, min-replicas-to-write (docs/redis.md).")]
        public static partial void AppendsLost(ILogger logger, StreamName stream, long offset, long head);

        [LoggerMessage(1346, LogLevel.Debug, "The blocking read of partition {Partition} couldn't be woken; it ends by itself within a second.")]
        public static partial void NotWoken(ILogger logger, int partition, Exception exception);

        [LoggerMessage(1350, LogLevel.Warning,
            "The tail of stream {Stream} can't be read: its slot is moving, or something else wrote to its keys. Its followers get new entries when they read pages; it is tried again each second.")]
        public static partial void SetAside(ILogger logger, StreamName stream);

        [LoggerMessage(1348, LogLevel.Warning,
            "Stream {Stream} lost the events behind offset {Common}, which this node had read up to {Offset}. Readers that saw lost events are reset.")]
        public static partial void ChainBroken(ILogger logger, StreamName stream, long common, long offset);

        [LoggerMessage(1349, LogLevel.Warning, "Redis at {EndPoints}: {Warning}")]
        public static partial void Unsafe(ILogger logger, string endPoints, string warning);
    }
}
