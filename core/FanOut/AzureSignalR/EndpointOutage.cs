using Microsoft.Extensions.Logging;

namespace Serverless.FanOut.AzureSignalR;

/// <summary>Tells once when requests have to wait for the endpoint, once for each further kind of cause, and once when all of them are through. Thread-safe.</summary>
internal sealed partial class EndpointOutage(string endpoint, ILogger logger)
{
    private readonly Lock _lock = new();
    private readonly HashSet<RestRequest> _waiting = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<string> _kinds = [];

    /// <summary>A request has to be sent again.</summary>
    public void Failed(RestRequest request, RestAnswer.Unavailable answer)
    {
        lock (_lock)
        {
            _waiting.Add(request);
            if (_kinds.Add(answer.Kind))
            {
                Log.OutOfReach(logger, endpoint, answer.Reason);
            }
        }
    }

    /// <summary>A request was answered.</summary>
    public void Ended(RestRequest request)
    {
        lock (_lock)
        {
            if (_waiting.Remove(request) && _waiting.Count == 0)
            {
                _kinds.Clear();
                Log.InReach(logger, endpoint);
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1600, LogLevel.Error, "{Endpoint} takes no events now: {Reason}. They wait in the log, and are sent again until they are taken.")]
        public static partial void OutOfReach(ILogger logger, string endpoint, string reason);

        [LoggerMessage(1601, LogLevel.Information, "{Endpoint} takes events again.")]
        public static partial void InReach(ILogger logger, string endpoint);
    }
}
