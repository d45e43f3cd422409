namespace Serverless.SelfHost.Clients;

internal sealed partial class InvocationDispatcher
{
    private static partial class Log
    {
        [LoggerMessage(2110, LogLevel.Warning, "The call of {Target} by connection {Connection} failed in stream {Stream}.")]
        public static partial void InvocationFailed(ILogger logger, Exception fault, string target, string connection, string stream);

        [LoggerMessage(2111, LogLevel.Debug, "A call by connection {Connection}, which wants no answer, was refused: {Error}")]
        public static partial void SendRefused(ILogger logger, string connection, string error);

        [LoggerMessage(2112, LogLevel.Warning, "What services do when connection {Connection} of stream {Stream} comes or goes failed.")]
        public static partial void ServicesNotTold(ILogger logger, Exception fault, string connection, string stream);
    }
}
