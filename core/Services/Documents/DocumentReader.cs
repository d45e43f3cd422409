using Microsoft.Extensions.Logging;
using Serverless.Codec;
using Serverless.Events;
using Serverless.FanOut;
using Serverless.Log;

namespace Serverless.Services.Documents;

/// <summary>Reads documents' streams. Thread-safe.</summary>
internal sealed partial class DocumentReader(IEventLog log, FrameCodec codec, ILogger logger)
{
    /// <summary>How often a reading that trimming overtook is begun again.</summary>
    public const int MaxAttempts = 10;

    /// <summary>The state of a document's stream.</summary>
    /// <exception cref="LogUnavailableException">The log is out of reach.</exception>
    public ValueTask<StreamHead> HeadAsync(StreamName document, CancellationToken cancellationToken) => log.HeadAsync(document, cancellationToken);

    /// <returns>Null when a position can be gone on from; else why not.</returns>
    /// <exception cref="LogUnavailableException">The log is out of reach.</exception>
    public ValueTask<ResetReason?> VerifyAsync(StreamName document, Position at, CancellationToken cancellationToken) => log.VerifyAsync(document, at, cancellationToken);

    /// <summary>The position of the snapshot that is kept, or null.</summary>
    /// <exception cref="LogUnavailableException">The log is out of reach.</exception>
    public async ValueTask<Position?> KeptAsync(StreamName document, CancellationToken cancellationToken) =>
        (await log.ReadSnapshotAsync(document, cancellationToken))?.At;

    /// <summary>Finds out where to begin. A snapshot that what is held doesn't follow is given too: clients merge the two.</summary>
    /// <exception cref="LogUnavailableException">The log is out of reach.</exception>
    public async ValueTask<StreamBeginning> BeginAsync(StreamName document, CancellationToken cancellationToken)
    {
        var beginning = await StreamBeginning.ReadAsync(log, document, cancellationToken);
        if (beginning.Unusable is { } reason)
        {
            Log.SnapshotUnusable(logger, document.ToString(), reason, beginning.Snapshot?.At.ToString() ?? "none");
        }

        return beginning;
    }

    /// <summary>Reads a page.</summary>
    /// <param name="document">The document's stream.</param>
    /// <param name="from">Where the reader is.</param>
    /// <param name="head">The stream's state when the reading began.</param>
    /// <param name="maxBytes">About as many at most.</param>
    /// <param name="cancellationToken">Stops the read.</param>
    /// <returns>Null when it can't be gone on from. <see cref="ReadFrom.Start"/> always can in the log, but not here when something was trimmed since <paramref name="head"/>: it is in
    /// a snapshot that the reader doesn't have.</returns>
    /// <exception cref="LogUnavailableException">The log is out of reach.</exception>
    public async ValueTask<StoredUpdates?> ReadAsync(StreamName document, ReadFrom from, StreamHead head, int maxBytes, CancellationToken cancellationToken)
    {
        if (await log.ReadAsync(document, from, maxBytes, cancellationToken) is not ReadResult.Page page
            || (from.Position is null && !StreamBeginning.Follows(page, head)))
        {
            return null;
        }

        var updates = new List<StoredUpdate>();
        foreach (var entry in page.Entries)
        {
            try
            {
                Add(updates, DecodedEntry.Of(codec, document, entry, from.Offset));
            }
            catch (FrameException damage)
            {
                // what it held comes back from clients that have it, when they compare with what the document has
                Log.EntryDamaged(logger, damage, document.ToString());
            }
        }

        return new(updates, page.End);
    }

    /// <summary>Reads all that follows, up to an event.</summary>
    /// <param name="document">The document's stream.</param>
    /// <param name="from">Where the reader is.</param>
    /// <param name="head">The stream's state when the reading began.</param>
    /// <param name="to">The offset of the last one that is wanted.</param>
    /// <param name="each">Called for each; false ends the reading.</param>
    /// <param name="cancellationToken">Stops the read.</param>
    /// <returns>Where the reader is now; null when there was a gap.</returns>
    /// <exception cref="LogUnavailableException">The log is out of reach.</exception>
    public async ValueTask<Position?> ReadToAsync(
        StreamName document, ReadFrom from, StreamHead head, long to, Func<StoredUpdate, bool> each, CancellationToken cancellationToken)
    {
        const int PageBytes = 1024 * 1024;
        for (StoredUpdates? page; from.Offset < to; from = page.End)
        {
            page = await ReadAsync(document, from, head, PageBytes, cancellationToken);
            if (page is null || page.End == from.Position)
            {
                // a gap; or what there was is lost
                return page?.End;
            }

            foreach (var update in page.Updates)
            {
                if (update.At.Offset > to || !each(update))
                {
                    return from.Position ?? head.Head;
                }

                from = update.At;
            }
        }

        return from.Position ?? head.Head;
    }

    private static void Add(List<StoredUpdate> updates, DecodedEntry entry)
    {
        for (var i = 0; i < entry.Events.Count; i++)
        {
            updates.Add(new(entry.Last with { Offset = entry.FirstOffset + i }, (entry.Events[i] as DocumentChanged)?.Update));
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1720, LogLevel.Warning, "An entry of {Stream} is damaged: its changes are missing until clients that have them come back.")]
        public static partial void EntryDamaged(ILogger logger, Exception damage, string stream);

        [LoggerMessage(1721, LogLevel.Warning,
            "The snapshot of {Stream} at {Position} doesn't fit the stream ({Reason}): what is held is read from its beginning, beside the snapshot.")]
        public static partial void SnapshotUnusable(ILogger logger, string stream, ResetReason reason, string position);
    }
}
