using Serverless.Events;

namespace Serverless.Log;

/// <summary>
/// Where a reader that makes something of a whole stream begins: at the snapshot that is kept, or with all that is held. Others may keep a later snapshot at any moment and trim
/// what it has, so the order of the questions matters: the snapshot first, then the head; and the first page from <see cref="ReadFrom.Start"/> has to begin where that head says.
/// </summary>
/// <param name="Head">The stream's state, read after the snapshot.</param>
/// <param name="Snapshot">The snapshot that is kept, or null.</param>
/// <param name="Unusable">Why what is held doesn't follow the snapshot; null when it does. Without a snapshot, <see cref="ResetReason.Trimmed"/> when the stream's first
/// events are gone.</param>
internal sealed record StreamBeginning(StreamHead Head, Snapshot? Snapshot, ResetReason? Unusable)
{
    /// <summary>How often what another process did meanwhile is followed.</summary>
    private const int MaxAttempts = 10;

    /// <summary>Where to read from.</summary>
    public ReadFrom From => Snapshot is { At: var at } && Unusable is null ? at : ReadFrom.Start;

    /// <summary>Finds out where to begin.</summary>
    /// <exception cref="LogUnavailableException">The log is out of reach, or snapshots come faster than they are read.</exception>
    public static async ValueTask<StreamBeginning> ReadAsync(IEventLog log, StreamName stream, CancellationToken cancellationToken)
    {
        var snapshot = await log.ReadSnapshotAsync(stream, cancellationToken);
        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            var head = await log.HeadAsync(stream, cancellationToken);
            var unusable = snapshot is not null ? await log.VerifyAsync(stream, snapshot.At, cancellationToken)
                : head.Trimmed > 0 ? ResetReason.Trimmed
                : (ResetReason?)null;
            if (unusable != ResetReason.Trimmed)
            {
                return new(head, snapshot, unusable);
            }

            // either another process has kept a later one and trimmed, or retention has dropped what follows this one
            var later = await log.ReadSnapshotAsync(stream, cancellationToken);
            if (later?.At == snapshot?.At)
            {
                return new(head, snapshot, unusable);
            }

            snapshot = later;
        }

        throw new LogUnavailableException(stream, $"its snapshot can't be read; a later one was kept {MaxAttempts} times meanwhile.");
    }

    /// <summary>Whether the first page from <see cref="ReadFrom.Start"/> has all that was held then: reading from the start is never a reset, also when what it begins with was
    /// trimmed meanwhile and stands in a snapshot that the reader doesn't have. (Reading from a position says so itself.)</summary>
    public static bool Follows(ReadResult.Page firstPage, StreamHead head) =>
        firstPage.Entries.Count > 0 ? firstPage.Entries[0].FirstOffset <= head.Trimmed + 1 : head.Trimmed >= head.Head.Offset;
}
