using Microsoft.Extensions.Logging;
using Serverless.Codec;
using Serverless.Events;
using Serverless.Log;

namespace Serverless.FanOut;

/// <summary>Reads one stream from its checkpoint on, and has each part dealt with before it goes on. One process at a time does it for a stream and a reader: who starts it sees to that.
/// After a loss it goes on from the newest place that it remembers and the stream still has; so it does when another stream has lost what was copied to it.</summary>
/// <param name="stream">Hub and shard.</param>
/// <param name="reader">The name of its checkpoint.</param>
/// <param name="log">Where it reads.</param>
/// <param name="codec">Decodes entries.</param>
/// <param name="deal">Deals with a part, and says what it has appended to other streams; when it throws, the part comes again.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Is told of resets and faults.</param>
internal sealed partial class CheckpointFollower(
    StreamName stream,
    string reader,
    IEventLog log,
    FrameCodec codec,
    Func<IReadOnlyList<DecodedEntry>, CancellationToken, Task<IReadOnlyList<CopyPosition>>> deal,
    TimeProvider time,
    ILogger logger)
{
    /// <summary>A part ends with the entry that brings it to so many events.</summary>
    private const int PartEvents = 1000;

    /// <summary>How often its place is kept while it goes on.</summary>
    public TimeSpan CheckpointEvery { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>When it begins it deals once more with the events of this last time, in case another process dealt with them and what came of it was lost since.</summary>
    public TimeSpan RepeatAtBeginning { get; init; }

    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    /// <summary>How often it looks whether other streams still have what was copied to them.</summary>
    private static readonly TimeSpan VerifyEvery = TimeSpan.FromSeconds(1);

    public async Task RunAsync(CancellationToken stop)
    {
        // outlives faults: what it remembers of other streams isn't in the log
        Checkpoint? checkpoint = null;
        while (!stop.IsCancellationRequested)
        {
            try
            {
                checkpoint ??= await BeginAsync(stop);
                await FollowAsync(checkpoint, stop);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                break;
            }
            catch (Exception fault) when (fault is not OutOfMemoryException)
            {
                Log.Failed(logger, fault, reader, stream.ToString());
                await Task.Delay(RetryAfter, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        await (checkpoint?.DisposeAsync() ?? ValueTask.CompletedTask);
    }

    private async Task<Checkpoint> BeginAsync(CancellationToken stop)
    {
        var kept = await log.ReadCheckpointAsync(stream, reader, stop);
        if (RepeatAtBeginning > TimeSpan.Zero && kept.Count > 0)
        {
            for (kept = [.. kept, Position.Zero]; kept.Count > 1 && await IsRecentAsync(kept[1], stop);)
            {
                kept = [.. kept.Skip(1)];
            }
        }

        Log.Begins(logger, reader, stream.ToString(), kept.Count > 0 ? $"offset {kept[0].Offset}" : "its beginning: there is no checkpoint yet");
        return new(stream, reader, kept, log, CheckpointEvery, time, logger);
    }

    private async Task<bool> IsRecentAsync(Position place, CancellationToken stop) =>
        await log.ReadAsync(stream, place, maxBytes: 1, stop) is ReadResult.Page { Entries: [var next, ..] }
        && time.GetUtcNow() - FrameCodec.ReadTime(next.Frame.Span) <= RepeatAtBeginning;

    private async Task FollowAsync(Checkpoint checkpoint, CancellationToken stop)
    {
        for (ResetReason? reset = null; ;)
        {
            reset = await ReadAsync(await FindAsync(checkpoint, reset, stop), checkpoint, stop);
        }
    }

    /// <summary>Finds the newest place that can be gone on from. The log tells what is repeated or missing then.</summary>
    /// <param name="checkpoint">Has the places.</param>
    /// <param name="reset">Why the last reading ended; null before the first.</param>
    /// <param name="stop">Stops it.</param>
    private async Task<ReadFrom> FindAsync(Checkpoint checkpoint, ResetReason? reset, CancellationToken stop)
    {
        var newest = checkpoint.Newest;
        var reason = newest is null ? reset : null;
        CopyPosition? lost = null;
        var from = ReadFrom.Start;
        while (checkpoint.Newest is { } place)
        {
            var judged = await log.VerifyAsync(stream, place.At, stop);
            var gone = judged is null ? await FindLostAsync(place, stop) : null;
            (reason, lost) = (reason ?? judged, lost ?? gone);
            if (judged == ResetReason.Trimmed)
            {
                break;
            }

            if (judged is null && gone is null)
            {
                from = place.At;
                break;
            }

            checkpoint.GoBack();
        }

        if (reason is not null || lost is not null)
        {
            var head = await log.HeadAsync(stream, stop);
            Tell(newest?.At.Offset ?? 0, reason, lost, Math.Max(from.Offset, head.Trimmed), head.Head.Offset);
        }

        return from;
    }

    private void Tell(long offset, ResetReason? reason, CopyPosition? lost, long next, long head)
    {
        if (reason is { } why)
        {
            Log.Reset(logger, reader, stream.ToString(), offset, why, next, head);
        }

        if (lost is { } copy)
        {
            Log.CopiesLost(logger, reader, stream.ToString(), offset, copy.Stream.ToString(), copy.At.Offset, next);
        }
    }

    /// <returns>What was copied to another stream and isn't there any more; null when all is, or was trimmed.</returns>
    private async Task<CopyPosition?> FindLostAsync(Place place, CancellationToken stop)
    {
        foreach (var copy in place.Copies)
        {
            if (await log.VerifyAsync(copy.Stream, copy.At, stop) == ResetReason.TailLost)
            {
                return copy;
            }
        }

        return null;
    }

    /// <returns>Why the stream can't be gone on with; null when copies are lost.</returns>
    private async Task<ResetReason?> ReadAsync(ReadFrom from, Checkpoint checkpoint, CancellationToken stop)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stop);
        using var timer = new PeriodicTimer(VerifyEvery, time);
        await using var results = log.FollowAsync(stream, from, end.Token).GetAsyncEnumerator(CancellationToken.None);
        var (next, tick) = (results.MoveNextAsync().AsTask(), timer.WaitForNextTickAsync(CancellationToken.None).AsTask());
        try
        {
            while (true)
            {
                await Task.WhenAny(next, tick);
                if (tick.IsCompleted)
                {
                    if (await HasLostAsync(checkpoint, stop))
                    {
                        return null;
                    }

                    tick = timer.WaitForNextTickAsync(CancellationToken.None).AsTask();
                }

                if (!next.IsCompleted)
                {
                    continue;
                }

                if (!await next)
                {
                    stop.ThrowIfCancellationRequested();
                    throw new InvalidOperationException("The log ended the reading without a reset.");
                }

                if (results.Current is not ReadResult.Page page)
                {
                    return ((ReadResult.Reset)results.Current).Reason;
                }

                foreach (var part in Parts(page.Entries, from.Offset))
                {
                    checkpoint.Advance(part, await deal(part, stop));
                }

                from = page.End;
                next = results.MoveNextAsync().AsTask();
            }
        }
        finally
        {
            // one that moves can't be disposed of
            await end.CancelAsync();
            await ((Task)next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <returns>Whether copies are seen to be lost; false while a store is out of reach.</returns>
    private async Task<bool> HasLostAsync(Checkpoint checkpoint, CancellationToken stop)
    {
        try
        {
            return checkpoint.Newest is { } place && await FindLostAsync(place, stop) is not null;
        }
        catch (LogUnavailableException)
        {
            return false;
        }
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

        [LoggerMessage(1612, LogLevel.Error, "Reader '{Reader}' of stream {Stream} came to offset {Offset}, but stream {Target} lost what was copied to it, up to its offset {Copied}. Copying goes on behind offset {Next}, for the streams that lost copies.")]
        public static partial void CopiesLost(ILogger logger, string reader, string stream, long offset, string target, long copied, long next);

        [LoggerMessage(1608, LogLevel.Error, "The events of stream {Stream} at offsets {First} to {Last} can't be read; reader '{Reader}' passes them over.")]
        public static partial void Damaged(ILogger logger, Exception fault, string reader, string stream, long first, long last);

        [LoggerMessage(1609, LogLevel.Error, "Reader '{Reader}' of stream {Stream} failed; it goes on from where it was in a second.")]
        public static partial void Failed(ILogger logger, Exception fault, string reader, string stream);
    }
}
