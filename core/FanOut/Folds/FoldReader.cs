using Microsoft.Extensions.Logging;
using Serverless.Codec;
using Serverless.Events;
using Serverless.Log;

namespace Serverless.FanOut.Folds;

/// <summary>Makes the fold of a stream as it stands now, from its snapshot and what followed it. Thread-safe.</summary>
/// <param name="log">Where the stream is.</param>
/// <param name="codec">Decodes it.</param>
/// <param name="form">How a fold begins.</param>
/// <param name="logger">Told of what is damaged.</param>
internal sealed class FoldReader<TFold>(IEventLog log, FrameCodec codec, FoldForm<TFold> form, ILogger logger)
    where TFold : IFold
{
    private const int PageBytes = 1024 * 1024;
    private const int MaxAttempts = 10;

    /// <returns>The fold, and the position of the last event in it.</returns>
    /// <exception cref="LogUnavailableException">The log is out of reach.</exception>
    public async ValueTask<(TFold Fold, Position At)> ReadAsync(StreamName stream, CancellationToken cancellationToken)
    {
        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            if (await TryReadAsync(stream, cancellationToken) is { } read)
            {
                return read;
            }
        }

        throw new LogUnavailableException(stream, $"{form.What} can't be read; it was reset {MaxAttempts} times meanwhile.");
    }

    /// <returns>Null when trimming or a loss overtook the reading.</returns>
    private async ValueTask<(TFold Fold, Position At)?> TryReadAsync(StreamName stream, CancellationToken cancellationToken)
    {
        var beginning = await StreamBeginning.ReadAsync(log, stream, cancellationToken);
        var end = beginning.Head.Head;
        var (fold, from) = Begin(stream, beginning);
        while (from.Offset < end.Offset)
        {
            if (await log.ReadAsync(stream, from, PageBytes, cancellationToken) is not ReadResult.Page page
                || (from.Position is null && !StreamBeginning.Follows(page, beginning.Head)))
            {
                return null;
            }

            foreach (var entry in page.Entries)
            {
                Apply(fold, stream, entry, from.Offset);
            }

            if (page.End == from.Position)
            {
                // what there was is lost
                break;
            }

            from = page.End;
        }

        return (fold, from.Position ?? end);
    }

    /// <returns>What the stream's snapshot has, or nothing when there is none that can be gone on from.</returns>
    private (TFold Fold, ReadFrom From) Begin(StreamName stream, StreamBeginning beginning)
    {
        if (beginning.Snapshot is not { } snapshot)
        {
            return (form.Create(), ReadFrom.Start);
        }

        if (beginning.Unusable is { } unusable)
        {
            FoldWarnings.SnapshotUnusable(logger, null, stream.ToString(), unusable.ToString(), form.What);
            return (form.Create(), ReadFrom.Start);
        }

        try
        {
            return (form.Decode(stream, snapshot), snapshot.At);
        }
        catch (FrameException damage)
        {
            FoldWarnings.SnapshotUnusable(logger, damage, stream.ToString(), "it is damaged", form.What);
            return (form.Create(), ReadFrom.Start);
        }
    }

    private void Apply(TFold fold, StreamName stream, LogEntry entry, long after)
    {
        try
        {
            fold.Apply(DecodedEntry.Of(codec, stream, entry, after));
        }
        catch (FrameException damage)
        {
            // readers of messages are told of it; for the fold, what it said is lost
            FoldWarnings.EntryDamaged(logger, damage, stream.ToString(), form.What);
        }
    }
}

/// <summary>How a fold begins.</summary>
/// <param name="What">What it knows, for people: such as <c>who is in it</c>.</param>
/// <param name="Create">Makes one of a stream without events.</param>
/// <param name="Decode">Makes one of a snapshot; a <see cref="FrameException"/> says that it is damaged.</param>
internal sealed record FoldForm<TFold>(string What, Func<TFold> Create, Func<StreamName, Snapshot, TFold> Decode);

/// <summary>Takes whole entries into folds.</summary>
internal static class FoldEntries
{
    public static void Apply(this IFold fold, DecodedEntry entry)
    {
        for (var i = 0; i < entry.Events.Count; i++)
        {
            fold.Apply(entry.Events[i], entry.FirstOffset + i);
        }
    }
}
