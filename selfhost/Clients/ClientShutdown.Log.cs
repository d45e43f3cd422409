namespace Serverless.SelfHost.Clients;

internal sealed partial class ClientShutdown
{
    private static partial class Log
    {
        [LoggerMessage(2420, LogLevel.Warning, "The node stops before the end of {Connections} connections was told, upstream or to its services.")]
        public static partial void EventsLost(ILogger logger, int connections);
    }
}
