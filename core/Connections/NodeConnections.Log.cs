using Microsoft.Extensions.Logging;

namespace Serverless.Connections;

public sealed partial class NodeConnections
{
    private static partial class Log
    {
        [LoggerMessage(1510, LogLevel.Warning, "That connection {Connection} of stream {Stream} closed couldn't be stored.")]
        public static partial void ClosedNotStored(ILogger logger, Exception fault, string connection, string stream);

        [LoggerMessage(1511, LogLevel.Warning, "What the client of connection {Connection} of stream {Stream} answered couldn't be stored: whoever asked waits in vain.")]
        public static partial void CompletedNotStored(ILogger logger, Exception fault, string connection, string stream);
    }
}
