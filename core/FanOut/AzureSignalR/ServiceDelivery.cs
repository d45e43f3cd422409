using System.Globalization;
using Microsoft.Extensions.Logging;
using Serverless.Events;

namespace Serverless.FanOut.AzureSignalR;

/// <summary>Has an endpoint deliver the events of streams: in the order of <see cref="DeliveryPlan"/>, runs of messages to one target in one request. Thread-safe.</summary>
internal sealed partial class ServiceDelivery(RestSender sender, int maxConcurrent, TimeProvider time, ILogger logger)
{
    private int _isExecuteMissing;

    /// <summary>Returns when the endpoint has accepted all that can be delivered; what can't is told in the log. Waits as long as the endpoint is away.</summary>
    public async Task DeliverAsync(StreamName stream, IReadOnlyList<DecodedEntry> window, CancellationToken stop)
    {
        foreach (var lanes in DeliveryPlan.Steps(window))
        {
            var options = new ParallelOptions { MaxDegreeOfParallelism = maxConcurrent, CancellationToken = stop };
            await Parallel.ForEachAsync(lanes, options, (lane, end) => DeliverLaneAsync(stream, lane, end));
        }
    }

    private async ValueTask DeliverLaneAsync(StreamName stream, IReadOnlyList<PlacedEvent> lane, CancellationToken stop)
    {
        for (var next = 0; next < lane.Count;)
        {
            var length = Volatile.Read(ref _isExecuteMissing) == 1 ? 1 : MessageRun.Length(lane, next);
            var run = lane.Skip(next).Take(length).ToList();
            next += length;
            if (run.Count == 1 || !await TryDeliverRunAsync(stream, run, stop))
            {
                foreach (var placed in run)
                {
                    await DeliverOneAsync(stream, placed, stop);
                }
            }
        }
    }

    /// <returns>Whether it was accepted; else each message is sent by itself, so that only those that can't be delivered are left out.</returns>
    private async Task<bool> TryDeliverRunAsync(StreamName stream, List<PlacedEvent> run, CancellationToken stop)
    {
        RestRequest request;
        try
        {
            var messages = run.ConvertAll(placed => (MessageSent)placed.Value);
            request = RestRequests.Execute(stream.Hub, messages[0].Audience, messages);
        }
        catch (FormatException)
        {
            // which of them it is shows when each is sent by itself
            return false;
        }

        var answer = await sender.SendAsync(request, Key(stream, run[0]), stop);
        if (answer is RestAnswer.Refused(IsUnknownCall: true, var reason) && Interlocked.Exchange(ref _isExecuteMissing, 1) == 0)
        {
            Log.ExecuteMissing(logger, reason);
        }

        return answer is RestAnswer.Accepted;
    }

    private async Task DeliverOneAsync(StreamName stream, PlacedEvent placed, CancellationToken stop)
    {
        try
        {
            var request = RestRequests.For(stream.Hub, placed.Value, time.GetUtcNow());
            if (await sender.SendAsync(request, Key(stream, placed), stop) is RestAnswer.Refused(_, var reason))
            {
                Log.Refused(logger, stream.ToString(), placed.At.Offset, reason);
            }
        }
        catch (FormatException fault)
        {
            Log.Undeliverable(logger, stream.ToString(), placed.At.Offset, fault.Message);
        }
    }

    private static string Key(StreamName stream, PlacedEvent first) => string.Create(CultureInfo.InvariantCulture, $"{stream}:{first.At.Offset}:{first.At.Tag:x16}");

    private static partial class Log
    {
        [LoggerMessage(1602, LogLevel.Error, "The event of stream {Stream} at offset {Offset} isn't delivered and is passed over: the endpoint answered {Reason}")]
        public static partial void Refused(ILogger logger, string stream, long offset, string reason);

        [LoggerMessage(1603, LogLevel.Error, "The event of stream {Stream} at offset {Offset} isn't delivered and is passed over: {Reason}")]
        public static partial void Undeliverable(ILogger logger, string stream, long offset, string reason);

        [LoggerMessage(1604, LogLevel.Warning, "The endpoint doesn't serve :execute ({Reason}): messages are sent one by one.")]
        public static partial void ExecuteMissing(ILogger logger, string reason);
    }
}
