using Serverless.Codec;
using Serverless.Events;

namespace Serverless.Log;

/// <summary>The rule that every store decides by: an entry names the tag of the entry before it, so a position is on the chain of what a stream holds, or isn't. Decision 10.</summary>
internal static class Chain
{
    /// <summary>Whether a reader can go on from a position without a gap. Both facts are to be from one step.</summary>
    /// <param name="position">What the reader has.</param>
    /// <param name="next">The first entry that ends behind the position's offset; null when there is none.</param>
    /// <param name="head">The stream's last event.</param>
    /// <returns>Null when it can; else why it can't.</returns>
    public static ResetReason? Judge(Position position, LogEntry? next, Position head)
    {
        if (next is null)
        {
            return position == head ? null : position.Offset < head.Offset ? ResetReason.Trimmed : ResetReason.TailLost;
        }

        return next.FirstOffset > position.Offset + 1 ? ResetReason.Trimmed
            : next.FirstOffset <= position.Offset ? (next.Last.Tag == position.Tag ? null : ResetReason.TailLost)
            : next.Previous == position.Tag ? null : ResetReason.TailLost;
    }

    /// <summary>The outcome of a read of entries that were found in one step with the head: as far as each names the one before it.</summary>
    /// <param name="from">What was asked for.</param>
    /// <param name="found">The entries that end behind it, oldest first.</param>
    /// <param name="head">The stream's state.</param>
    public static ReadResult Result(ReadFrom from, IReadOnlyList<LogEntry> found, StreamHead head)
    {
        if (from.Position is { } position && Judge(position, found.Count > 0 ? found[0] : null, head.Head) is { } reason)
        {
            return new ReadResult.Reset(reason, head);
        }

        var count = Math.Min(found.Count, 1);
        while (count < found.Count && found[count].Follows(found[count - 1].Last))
        {
            count++;
        }

        return new ReadResult.Page(count == found.Count ? found : [.. found.Take(count)], count > 0 ? found[count - 1].Last : from.Position ?? head.Head);
    }

    /// <summary>Has a store verify a position.</summary>
    /// <returns>Null when a reader can go on from it now, or meets a damaged entry there; else why it can't.</returns>
    /// <exception cref="LogUnavailableException">It isn't known.</exception>
    public static async ValueTask<ResetReason?> VerifyAsync(this IEventLog log, StreamName stream, Position position, CancellationToken cancellationToken)
    {
        try
        {
            return await log.ReadAsync(stream, position, maxBytes: 1, cancellationToken) is ReadResult.Reset(var reason, _) ? reason : null;
        }
        catch (FrameException)
        {
            // what the reader has is there; it is told of the damage when it reads on
            return null;
        }
    }
}
