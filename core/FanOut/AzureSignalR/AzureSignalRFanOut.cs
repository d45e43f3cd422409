using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Serverless.Codec;
using Serverless.Events;
using Serverless.FanOut.Lanes;
using Serverless.Log;

namespace Serverless.FanOut.AzureSignalR;

/// <summary>Has Azure SignalR, or another endpoint with its REST API, deliver the hubs that are configured; without a connection string it does nothing.</summary>
public sealed partial class AzureSignalRFanOut(
    IOptions<AzureSignalROptions> options, IEventLog log, FrameCodec codec, VolatileLane lane, TimeProvider time, ILogger<AzureSignalRFanOut> logger)
    : BackgroundService
{
    /// <summary>The name of its checkpoint.</summary>
    internal const string Reader = "azure-signalr";

    private static readonly TimeSpan SubscribeAgain = TimeSpan.FromSeconds(5);

    /// <summary>Waits until all that stands in the hubs' streams now is delivered, by whatever process does it.</summary>
    /// <param name="cancellationToken">Stops the wait; the delivery goes on.</param>
    /// <returns>The events that weren't delivered when it was asked. One that is lost meanwhile isn't waited for.</returns>
    /// <exception cref="LogUnavailableException">The log is out of reach.</exception>
    public async Task<long> CatchUpAsync(CancellationToken cancellationToken)
    {
        var waiting = 0L;
        var progress = new CheckpointProgress(log, Reader, time);
        foreach (var stream in Streams())
        {
            var head = (await log.HeadAsync(stream, cancellationToken)).Head;
            waiting += Math.Max(0, head.Offset - await progress.OffsetAsync(stream, cancellationToken));
            await progress.ReachAsync(stream, head, Timeout.InfiniteTimeSpan, cancellationToken);
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
        await Task.WhenAll(Streams().Select(stream => DeliverAsync(stream, sender, delivery, stoppingToken)));
    }

    private IEnumerable<StreamName> Streams() =>
        string.IsNullOrEmpty(options.Value.ConnectionString) ? [] : options.Value.Hubs.Select(hub => new StreamName(hub)).Distinct();

    private Task DeliverAsync(StreamName stream, RestSender sender, ServiceDelivery delivery, CancellationToken stop)
    {
        var follower = new CheckpointFollower(stream, Reader, log, codec, DealAsync, time, logger);
        return log is ILeases leases
            ? new Lease(leases, stream, Reader, time, logger).RunAsync(RunAsync, stop)
            : RunAsync(stop);

        async Task<IReadOnlyList<CopyPosition>> DealAsync(IReadOnlyList<DecodedEntry> part, CancellationToken end)
        {
            await delivery.DeliverAsync(stream, part, end);
            return [];
        }

        Task RunAsync(CancellationToken end) => Task.WhenAll(follower.RunAsync(end), SendVolatileAsync(stream, sender, end));
    }

    private async Task SendVolatileAsync(StreamName stream, RestSender sender, CancellationToken stop)
    {
        var delivery = new VolatileDelivery(stream, sender, time, logger);
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await using var subscription = await lane.SubscribeAsync(stream, delivery.Offer);
                await delivery.RunAsync(stop);
            }
            catch (LogUnavailableException fault)
            {
                Log.NotSubscribed(logger, fault, stream.ToString());
                await Task.Delay(SubscribeAgain, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1743, LogLevel.Warning, "Volatile messages of stream {Stream} can't be had for its delivery; it is tried again.")]
        public static partial void NotSubscribed(ILogger logger, Exception fault, string stream);
    }
}
