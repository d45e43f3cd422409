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
            var head = await log.HeadAsync(stream, cancellationToken);
            var (fold, at) = await BeginAsync(stream, head, cancellationToken);
            while (at.Offset < head.Head.Offset && await log.ReadAsync(stream, at, PageBytes, cancellationToken) is ReadResult.Page(var entries))
            {
                if (entries.Count == 0)
                {
                    // what there was is trimmed
                    return (fold, head.Head);
                }

                foreach (var entry in entries)
                {
                    Apply(fold, stream, entry, at.Offset);
                }

                at = entries[^1].Last;
            }

            if (at.Offset >= head.Head.Offset)
            {
                return (fold, at == Position.Start ? head.Head : at);
            }

            // trimming or a new epoch overtook the reading: once more
        }

        throw new LogUnavailableException(stream, $"{form.What} can't be read; it was reset {MaxAttempts} times meanwhile.");
    }

    /// <returns>What the stream's snapshot has, or nothing when there is none that can be gone on from.</returns>
    private async ValueTask<(TFold Fold, Position At)> BeginAsync(StreamName stream, StreamHead head, CancellationToken cancellationToken)
    {
        if (await log.ReadSnapshotAsync(stream, cancellationToken) is not { } snapshot)
        {
            return (form.Create(), Position.Start);
        }

        try
        {
            if (head.Judge(snapshot.At) is not { } unusable)
            {
                return (form.Decode(stream, snapshot), snapshot.At);
            }

            FoldWarnings.SnapshotUnusable(logger, null, stream.ToString(), unusable.ToString(), form.What);
        }
        catch (FrameException damage)
        {
            FoldWarnings.SnapshotUnusable(logger, damage, stream.ToString(), "it is damaged", form.What);
        }

        return (form.Create(), Position.Start);
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
