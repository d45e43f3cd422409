namespace Serverless.SelfHost.Upstream;

internal sealed partial class UpstreamDispatcher
{
    private static partial class Log
    {
        [LoggerMessage(2400, LogLevel.Warning, "The upstream didn't take {Event} of connection {Connection} in hub {Hub}: status code {Status}. {Reason}")]
        public static partial void NotTaken(ILogger logger, string @event, string connection, string hub, int status, string reason);

        [LoggerMessage(2401, LogLevel.Information, "The upstream refused connection {Connection} of hub {Hub} with status code {Status}; it is closed.")]
        public static partial void Refused(ILogger logger, string connection, string hub, int status);

        [LoggerMessage(2402, LogLevel.Error, "Telling the upstream of {Event} of connection {Connection} in hub {Hub} failed on the node.")]
        public static partial void EventFailed(ILogger logger, Exception fault, string @event, string connection, string hub);
    }
}
