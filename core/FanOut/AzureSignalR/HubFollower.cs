using Microsoft.Extensions.Logging;
using Serverless.Codec;
using Serverless.Events;
using Serverless.Log;

namespace Serverless.FanOut.AzureSignalR;

/// <summary>Reads one stream from its checkpoint on, and has each part delivered before it goes on. One process at a time does it for a stream: the fan-out sees to that.</summary>
internal sealed partial class HubFollower(StreamName stream, IEventLog log, FrameCodec codec, ServiceDelivery delivery, TimeProvider time, ILogger logger)
{
    /// <summary>The name of its checkpoint.</summary>
    public const string Reader = "azure-signalr";

    /// <summary>A part ends with the entry that brings it to so many events.</summary>
    private const int PartEvents = 1000;

    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await FollowAsync(stop);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception fault) when (fault is not OutOfMemoryException)
            {
                Log.Failed(logger, fault, stream.ToString());
                await Task.Delay(RetryAfter, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task FollowAsync(CancellationToken stop)
    {
        var kept = await log.ReadCheckpointAsync(stream, Reader, stop);
        Log.Begins(logger, stream.ToString(), kept is { } position ? $"offset {position.Offset}" : "its beginning: there is no checkpoint yet");
        await using var checkpoint = new Checkpoint(stream, Reader, log, time, logger);
        for (var at = kept ?? Position.Start; ;)
        {
            at = await DeliverAsync(at, checkpoint, stop);
        }
    }

    /// <returns>From where to go on after a reset.</returns>
    private async Task<Position> DeliverAsync(Position at, Checkpoint checkpoint, CancellationToken stop)
    {
        await foreach (var result in log.FollowAsync(stream, at, stop))
        {
            if (result is ReadResult.Reset(var reason, var head))
            {
                var next = After(at, head);
                Log.Reset(logger, stream.ToString(), at.Offset, reason, Math.Max(next.Offset, head.Trimmed), head.Head.Offset);
                checkpoint.Advance(next);
                return next;
            }

            foreach (var part in Parts(((ReadResult.Page)result).Entries, at.Offset))
            {
                await delivery.DeliverAsync(stream, part, stop);
                at = part[^1].Last;
                checkpoint.Advance(at);
            }
        }

        stop.ThrowIfCancellationRequested();
        throw new InvalidOperationException("The log ended the reading without a reset.");
    }

    /// <summary>The last event of what was delivered that the stream still has; else before all that it holds.</summary>
    internal static Position After(Position at, StreamHead head)
    {
        var judged = head.Judge(at);
        if (judged == ResetReason.TailLost)
        {
            var later = head.Epochs.SkipWhile(epoch => epoch.Epoch != at.Epoch).Skip(1).Select(epoch => epoch.Head);
            at = at with { Offset = later.Append(head.Head.Offset).Min() };
            judged = head.Judge(at);
        }

        return judged is null ? at : Position.Start;
    }

    private IEnumerable<IReadOnlyList<DecodedEntry>> Parts(IReadOnlyList<LogEntry> entries, long after)
    {
        var part = new List<DecodedEntry>();
        var count = 0;
        foreach (var entry in entries)
        {
            var decoded = Decode(entry, after);
            part.Add(decoded);
            count += decoded.Events.Count;
            if (count >= PartEvents)
            {
                yield return part;
                (part, count) = ([], 0);
            }
        }

        if (part.Count > 0)
        {
            yield return part;
        }
    }

    private DecodedEntry Decode(LogEntry entry, long after)
    {
        try
        {
            return DecodedEntry.Of(codec, stream, entry, after);
        }
        catch (FrameException damage)
        {
            Log.Damaged(logger, damage, stream.ToString(), entry.FirstOffset, entry.Last.Offset);
            return new(entry.Last, [], entry.Frame.Length);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1606, LogLevel.Information, "Stream {Stream} is delivered by Azure SignalR from {From} on.")]
        public static partial void Begins(ILogger logger, string stream, string from);

        [LoggerMessage(1607, LogLevel.Error, "The delivery of stream {Stream} came to offset {Offset} and can't go on from there: {Reason}. It goes on with what the stream holds after offset {Next}, up to {Head}; what is between is not delivered, or is delivered twice.")]
        public static partial void Reset(ILogger logger, string stream, long offset, ResetReason reason, long next, long head);

        [LoggerMessage(1608, LogLevel.Error, "The events of stream {Stream} at offsets {First} to {Last} can't be read; they are not delivered and are passed over.")]
        public static partial void Damaged(ILogger logger, Exception fault, string stream, long first, long last);

        [LoggerMessage(1609, LogLevel.Error, "The delivery of stream {Stream} failed; it goes on from its checkpoint in a second.")]
        public static partial void Failed(ILogger logger, Exception fault, string stream);
    }
}
