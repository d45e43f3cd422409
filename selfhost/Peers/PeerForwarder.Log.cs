namespace Serverless.SelfHost.Peers;

internal sealed partial class PeerForwarder
{
    private static partial class Log
    {
        [LoggerMessage(2300, LogLevel.Warning, "The node at {Address} didn't take a request passed on to it: {Error}. Its client negotiates again.")]
        public static partial void PeerUnreachable(ILogger logger, string address, string error);
    }
}
