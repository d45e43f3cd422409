using Microsoft.Extensions.Logging;

namespace Serverless.Connections;

internal sealed partial class StreamDelivery
{
    private static partial class Log
    {
        [LoggerMessage(1500, LogLevel.Warning, "Stream {Stream} can't be gone on with: {Reason}. Its connections are closed and may come back.")]
        public static partial void StreamLost(ILogger logger, string stream, string reason);

        [LoggerMessage(1501, LogLevel.Error, "Reading stream {Stream} failed; its connections are closed, and it is tried again in a second.")]
        public static partial void ReadingFailed(ILogger logger, Exception fault, string stream);

        [LoggerMessage(1502, LogLevel.Warning, "A message of stream {Stream} to target {Target} can't be written in a receiver's protocol and is left out for it: its arguments aren't valid.")]
        public static partial void MessageUnreadable(ILogger logger, Exception fault, string stream, string target);

        [LoggerMessage(1504, LogLevel.Warning, "What isn't stored of stream {Stream}, such as cursors, can't be received now; it is tried again every second.")]
        public static partial void NotSubscribed(ILogger logger, Exception fault, string stream);

        [LoggerMessage(1503, LogLevel.Warning, "Memberships of stream {Stream} have come to their end, which can't be stored now; it is tried again.")]
        public static partial void EndsNotStored(ILogger logger, Exception fault, string stream);
    }
}
