using Microsoft.Extensions.Logging;

namespace Serverless.Client;

internal sealed partial class ConnectionPool
{
    private static partial class Log
    {
        [LoggerMessage(4000, LogLevel.Warning, "The connection for {Key} couldn't be closed in order; it is given up.")]
        public static partial void CloseFailed(ILogger logger, Exception exception, string key);

        [LoggerMessage(4001, LogLevel.Warning,
            "The connection for {Key} isn't closed after {Timeout}; the pool no longer counts it. A handler of it, or its start, may never end.")]
        public static partial void CloseTimedOut(ILogger logger, string key, TimeSpan timeout);

        [LoggerMessage(4002, LogLevel.Warning, "The start of the connection for {Key} couldn't be cancelled in order; it is closed when it ends.")]
        public static partial void CancelFailed(ILogger logger, Exception exception, string key);
    }
}
