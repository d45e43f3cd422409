using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Serverless.Codec;
using Serverless.Events;
using Serverless.FanOut.Lanes;
using Serverless.Log;

namespace Serverless.FanOut.AzureSignalR;

/// <summary>Has Azure SignalR, or another endpoint with its REST API, deliver the hubs that are configured; without a connection string it does nothing.</summary>
public sealed class AzureSignalRFanOut(
    IOptions<AzureSignalROptions> options, IEventLog log, FrameCodec codec, VolatileLane lane, TimeProvider time, ILogger<AzureSignalRFanOut> logger)
    : BackgroundService
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(50);

    private IReadOnlyList<HubFollower> _followers = [];

    /// <summary>Waits until all that stands in the hubs' streams now is delivered.</summary>
    /// <param name="cancellationToken">Stops the wait; the delivery goes on.</param>
    /// <returns>The events that weren't delivered when it was asked.</returns>
    /// <exception cref="LogUnavailableException">The log is out of reach.</exception>
    public async Task<long> CatchUpAsync(CancellationToken cancellationToken)
    {
        var waiting = 0L;
        foreach (var follower in _followers)
        {
            var head = (await log.HeadAsync(follower.Stream, cancellationToken)).Head.Offset;
            waiting += Math.Max(0, head - Math.Max(0, follower.Delivered));
            while (follower.Delivered < head)
            {
                await Task.Delay(LookAgain, time, cancellationToken);
            }
        }

        return waiting;
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var settings = options.Value;
        if (string.IsNullOrEmpty(settings.ConnectionString))
        {
            return;
        }

        using var sender = new RestSender(ServiceConnectionString.Parse(settings.ConnectionString), settings.Timeout, time, logger);
        var delivery = new ServiceDelivery(sender, settings.MaxConcurrent, time, logger);
        _followers = [.. settings.Hubs.Select(hub => new StreamName(hub)).Distinct().Select(
            stream => new HubFollower(stream, log, codec, delivery, time, logger))];
        await Task.WhenAll(_followers.Select(follower => follower.RunAsync(stoppingToken))
            .Concat(_followers.Select(follower => SendVolatileAsync(follower.Stream, sender, stoppingToken))));
    }

    private async Task SendVolatileAsync(StreamName stream, RestSender sender, CancellationToken stop)
    {
        var delivery = new VolatileDelivery(stream, sender, time, logger);
        await using var subscription = await lane.SubscribeAsync(stream, delivery.Offer);
        await delivery.RunAsync(stop);
    }
}
