namespace Serverless.SelfHost.Clients;

internal sealed partial class HubClient
{
    private static partial class Log
    {
        [LoggerMessage(2100, LogLevel.Debug, "The transport of connection {Connection} ended: {Reason}")]
        public static partial void TransportBroke(ILogger logger, string connection, string reason);

        [LoggerMessage(2101, LogLevel.Warning, "Connection {Connection} of stream {Stream} couldn't be opened.")]
        public static partial void OpeningFailed(ILogger logger, Exception fault, string connection, string stream);

        [LoggerMessage(2102, LogLevel.Debug, "Connection {Connection} sent a malformed message and is closed: {Reason}")]
        public static partial void Malformed(ILogger logger, string connection, string reason);

        [LoggerMessage(2103, LogLevel.Error, "Serving connection {Connection} of stream {Stream} failed; it is cut.")]
        public static partial void ServingFailed(ILogger logger, Exception fault, string connection, string stream);
    }
}
