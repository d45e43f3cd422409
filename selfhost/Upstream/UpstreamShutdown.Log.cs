namespace Serverless.SelfHost.Upstream;

internal sealed partial class UpstreamShutdown
{
    private static partial class Log
    {
        [LoggerMessage(2420, LogLevel.Warning, "The node stops before the upstream was told of the end of {Connections} connections.")]
        public static partial void EventsLost(ILogger logger, int connections);
    }
}
