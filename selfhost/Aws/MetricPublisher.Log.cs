namespace Serverless.SelfHost.Aws;

internal sealed partial class MetricPublisher
{
    private static partial class Log
    {
        [LoggerMessage(2520, LogLevel.Warning, "The CloudWatch agent at {Agent} takes no metrics: {Fault} The group doesn't scale by connections until it does; the node tries again each minute.")]
        public static partial void AgentIsAway(ILogger logger, Uri agent, string fault);

        [LoggerMessage(2521, LogLevel.Information, "The CloudWatch agent takes metrics again.")]
        public static partial void AgentIsBack(ILogger logger);
    }
}
