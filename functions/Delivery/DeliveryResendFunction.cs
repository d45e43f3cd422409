using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;
using Serverless.FanOut.AzureSignalR;

namespace Serverless.Functions.Delivery;

/// <summary>
/// Each minute, has what stands in the streams delivered by Azure SignalR. The app delivers by itself while it runs; this wakes one that was scaled to zero, or killed,
/// with messages of which no trigger would tell.
/// </summary>
public sealed partial class DeliveryResendFunction(AzureSignalRFanOut fanOut, ILogger<DeliveryResendFunction> logger)
{
    /// <summary>Ends when all is delivered, or when the host ends it; then the next one goes on.</summary>
    [Function("delivery-resend")]
    public async Task RunAsync([TimerTrigger("0 * * * * *")] TimerInfo timer, CancellationToken cancellationToken)
    {
        var waited = await fanOut.CatchUpAsync(cancellationToken);
        if (waited > 0)
        {
            Log.Delivered(logger, waited);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(3000, LogLevel.Information, "{Count} events that waited for their delivery are delivered.")]
        public static partial void Delivered(ILogger logger, long count);
    }
}
