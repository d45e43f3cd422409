namespace Serverless.SelfHost.Rest;

internal sealed partial class RestGate
{
    private static partial class Log
    {
        [LoggerMessage(2020, LogLevel.Debug, "{Method} {Path}: the token was refused. {Reason}")]
        public static partial void Refused(ILogger logger, string method, string path, string reason);
    }
}
