using Microsoft.Extensions.Logging;

namespace Serverless.Connections;

public sealed partial class NodeConnections
{
    private static partial class Log
    {
        [LoggerMessage(1510, LogLevel.Warning, "That connection {Connection} of stream {Stream} closed couldn't be stored.")]
        public static partial void ClosedNotStored(ILogger logger, Exception fault, string connection, string stream);
    }
}
