namespace Serverless.SelfHost.Drain;

internal sealed partial class NodeDrain
{
    private static partial class Log
    {
        [LoggerMessage(2500, LogLevel.Information, "The node drains: it takes no new connection, and closes the {Connections} that it has, {PerSecond} a second.")]
        public static partial void Started(ILogger logger, int connections, int perSecond);

        [LoggerMessage(2501, LogLevel.Information, "The node is drained: {Closed} connections were closed, and nobody is left.")]
        public static partial void Drained(ILogger logger, int closed);

        [LoggerMessage(
            2502,
            LogLevel.Warning,
            "The time for the drain is over (Serverless:Drain:Timeout): {Closed} connections were closed, {Remaining} remain until the node stops or is drained again.")]
        public static partial void TimeIsOver(ILogger logger, int closed, int remaining);

        [LoggerMessage(2503, LogLevel.Warning, "The node stops, and {Remaining} clients didn't close in time (Serverless:Drain:StopTimeout): they are cut.")]
        public static partial void Cut(ILogger logger, int remaining);
    }
}
