using Microsoft.Extensions.Logging;

namespace Serverless.Log.Embedded;

internal sealed partial class EmbeddedEventLog
{
    internal static partial class Log
    {
        [LoggerMessage(1320, LogLevel.Information, "Opened {Path} with {Streams} streams; appends are durable by {Fsync}.")]
        public static partial void Opened(ILogger logger, string path, int streams, FsyncMode fsync);

        [LoggerMessage(1322, LogLevel.Information, "{Path} is large: its check for damage was ended early, and found none so far.")]
        public static partial void CheckEnded(ILogger logger, string path);

        [LoggerMessage(1323, LogLevel.Error, "The disk of {Path} is full: appends are refused until there is room again; reading goes on. Free space there.")]
        public static partial void RoomLost(ILogger logger, string path);

        [LoggerMessage(1324, LogLevel.Information, "There is room again for {Path}: appends go on.")]
        public static partial void RoomRegained(ILogger logger, string path);

        [LoggerMessage(1325, LogLevel.Error, "A transaction on {Path} failed and was rolled back; {Requests} requests failed with it.")]
        public static partial void WriteFailed(ILogger logger, string path, int requests, Exception fault);

        [LoggerMessage(1326, LogLevel.Warning, "Trimming {Path} to make room failed.")]
        public static partial void NoRoomMade(ILogger logger, string path, Exception fault);

        [LoggerMessage(1327, LogLevel.Warning, "The write-ahead log of {Path} couldn't be moved into the file; it is tried again.")]
        public static partial void CheckpointFailed(ILogger logger, string path, Exception fault);

        [LoggerMessage(1328, LogLevel.Critical, "The writer of {Path} ended: all appends fail until this process is started again.")]
        public static partial void WriterEnded(ILogger logger, string path, Exception fault);

        [LoggerMessage(1329, LogLevel.Information, "Closed {Path}.")]
        public static partial void Closed(ILogger logger, string path);

        [LoggerMessage(1331, LogLevel.Warning, "The disk of {Path} is full: its reserve is given up to open it.")]
        public static partial void OpenedWithReserve(ILogger logger, string path, Exception fault);

        [LoggerMessage(1332, LogLevel.Warning, "The write-ahead log of {Path} grows: another program reads the file in one long transaction. End that.")]
        public static partial void HeldBack(ILogger logger, string path);
    }
}
