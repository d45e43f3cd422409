namespace Serverless.SelfHost.Aws;

internal sealed partial class LifecycleWatch
{
    private static partial class Log
    {
        [LoggerMessage(2510, LogLevel.Warning, "The instance's metadata can't be read: {Fault} The node serves on, and asks again every 5 s; until then it wouldn't be drained.")]
        public static partial void MetadataIsAway(ILogger logger, string fault);

        [LoggerMessage(2511, LogLevel.Information, "The instance's metadata can be read again.")]
        public static partial void MetadataIsBack(ILogger logger);

        [LoggerMessage(2512, LogLevel.Information, "The Auto Scaling group ends this instance: the node drains.")]
        public static partial void Ending(ILogger logger);

        [LoggerMessage(2513, LogLevel.Information, "The Auto Scaling group was told to go on.")]
        public static partial void Completed(ILogger logger);

        [LoggerMessage(2514, LogLevel.Error, "The Auto Scaling group couldn't be told ({What}): it goes on when the hook's heartbeat timeout is over.")]
        public static partial void NotTold(ILogger logger, Exception fault, string what);

        [LoggerMessage(2515, LogLevel.Warning, "Clients are left after {Heartbeats} heartbeats, which is all that a group accepts: the instance ends with them.")]
        public static partial void TooLong(ILogger logger, int heartbeats);
    }
}
