using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Serverless.Codec;
using Serverless.Events;
using Serverless.Log;

namespace Serverless.FanOut.AzureSignalR;

/// <summary>Has Azure SignalR, or another endpoint with its REST API, deliver the hubs that are configured; without a connection string it does nothing.</summary>
internal sealed class AzureSignalRFanOut(
    IOptions<AzureSignalROptions> options, IEventLog log, FrameCodec codec, TimeProvider time, ILogger<AzureSignalRFanOut> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var settings = options.Value;
        if (string.IsNullOrEmpty(settings.ConnectionString))
        {
            return;
        }

        using var sender = new RestSender(ServiceConnectionString.Parse(settings.ConnectionString), settings.Timeout, time, logger);
        var delivery = new ServiceDelivery(sender, settings.MaxConcurrent, time, logger);
        await Task.WhenAll(settings.Hubs.Select(hub => new StreamName(hub)).Distinct().Select(
            stream => new HubFollower(stream, log, codec, delivery, time, logger).RunAsync(stoppingToken)));
    }
}
