namespace Serverless.SelfHost.Hosting;

internal sealed partial class FaultMiddleware
{
    private static partial class Log
    {
        [LoggerMessage(2000, LogLevel.Error, "{Method} {Path} failed.")]
        public static partial void Failed(ILogger logger, Exception fault, string method, string path);

        [LoggerMessage(2001, LogLevel.Warning, "{Method} {Path} was answered with 503: the log is out of reach.")]
        public static partial void LogUnavailable(ILogger logger, Exception fault, string method, string path);
    }
}
