using Microsoft.Extensions.Logging;
using Serverless.Codec;
using Serverless.Events;
using Serverless.Log;

namespace Serverless.FanOut;

/// <summary>Reads one stream from its checkpoint on, and has each part dealt with before it goes on. One process at a time does it for a stream and a reader: who starts it sees to that.</summary>
/// <param name="stream">Hub and shard.</param>
/// <param name="reader">The name of its checkpoint.</param>
/// <param name="log">Where it reads.</param>
/// <param name="codec">Decodes entries.</param>
/// <param name="deal">Deals with a part; when it throws, the part comes again.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Is told of resets and faults.</param>
internal sealed partial class CheckpointFollower(
    StreamName stream, string reader, IEventLog log, FrameCodec codec, Func<IReadOnlyList<DecodedEntry>, CancellationToken, Task> deal, TimeProvider time, ILogger logger)
{
    /// <summary>A part ends with the entry that brings it to so many events.</summary>
    private const int PartEvents = 1000;

    /// <summary>How often its place is kept while it goes on.</summary>
    public TimeSpan CheckpointEvery { get; init; } = TimeSpan.FromMilliseconds(250);

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
                Log.Failed(logger, fault, reader, stream.ToString());
                await Task.Delay(RetryAfter, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task FollowAsync(CancellationToken stop)
    {
        var kept = await log.ReadCheckpointAsync(stream, reader, stop);
        Log.Begins(logger, reader, stream.ToString(), kept is { } position ? $"offset {position.Offset}" : "its beginning: there is no checkpoint yet");
        await using var checkpoint = new Checkpoint(stream, reader, log, CheckpointEvery, time, logger);
        for (var at = kept ?? Position.Start; ;)
        {
            at = await ReadAsync(at, checkpoint, stop);
        }
    }

    /// <returns>From where to go on after a reset.</returns>
    private async Task<Position> ReadAsync(Position at, Checkpoint checkpoint, CancellationToken stop)
    {
        await foreach (var result in log.FollowAsync(stream, at, stop))
        {
            if (result is ReadResult.Reset(var reason, var head))
            {
                var next = After(at, head);
                Log.Reset(logger, reader, stream.ToString(), at.Offset, reason, Math.Max(next.Offset, head.Trimmed), head.Head.Offset);
                checkpoint.Advance(next);
                return next;
            }

            foreach (var part in Parts(((ReadResult.Page)result).Entries, at.Offset))
            {
                await deal(part, stop);
                at = part[^1].Last;
                checkpoint.Advance(at);
            }
        }

        stop.ThrowIfCancellationRequested();
        throw new InvalidOperationException("The log ended the reading without a reset.");
    }

    /// <summary>The last event of what was dealt with that the stream still has; else before all that it holds.</summary>
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
            Log.Damaged(logger, damage, reader, stream.ToString(), entry.FirstOffset, entry.Last.Offset);
            return new(entry.Last, [], entry.Frame.Length);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1606, LogLevel.Information, "Reader '{Reader}' goes on in stream {Stream} from {From}.")]
        public static partial void Begins(ILogger logger, string reader, string stream, string from);

        [LoggerMessage(1607, LogLevel.Error, "Reader '{Reader}' of stream {Stream} came to offset {Offset} and can't go on from there: {Reason}. It goes on with what the stream holds after offset {Next}, up to {Head}; what is between isn't dealt with, or twice.")]
        public static partial void Reset(ILogger logger, string reader, string stream, long offset, ResetReason reason, long next, long head);

        [LoggerMessage(1608, LogLevel.Error, "The events of stream {Stream} at offsets {First} to {Last} can't be read; reader '{Reader}' passes them over.")]
        public static partial void Damaged(ILogger logger, Exception fault, string reader, string stream, long first, long last);

        [LoggerMessage(1609, LogLevel.Error, "Reader '{Reader}' of stream {Stream} failed; it goes on from its checkpoint in a second.")]
        public static partial void Failed(ILogger logger, Exception fault, string reader, string stream);
    }
}
