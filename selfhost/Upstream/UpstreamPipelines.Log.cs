namespace Serverless.SelfHost.Upstream;

internal sealed partial class UpstreamPipelines
{
    private static partial class Log
    {
        [LoggerMessage(2410, LogLevel.Warning, "Half of the calls to the upstream at {Host} failed: it isn't called for {Break}, then tried again.")]
        public static partial void Opened(ILogger logger, string host, TimeSpan @break);

        [LoggerMessage(2411, LogLevel.Information, "The upstream at {Host} answers again.")]
        public static partial void Closed(ILogger logger, string host);
    }
}
