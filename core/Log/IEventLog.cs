using Serverless.Events;

namespace Serverless.Log;

/// <summary>
/// Durable streams of entries. Each entry names the one before it, so a position never means two events, and no reader passes a loss. The offsets of a stream's events have no holes.
/// A stream that was never appended to is empty; asking about it begins nothing. Thread-safe. The suite <c>EventLogConformance</c> tests each sentence here over every implementation.
/// </summary>
public interface IEventLog : IAsyncDisposable
{
    /// <summary>The kind and place of the log, for people: such as <c>embedded: /data/serverless.db</c>. Holds no secret.</summary>
    string Description { get; }

    /// <summary>Opens the log; called once, before anything else.</summary>
    /// <exception cref="LogOpenException">It can't be opened; the message says what is wrong and what to do.</exception>
    ValueTask OpenAsync(CancellationToken cancellationToken);

    /// <summary>Appends a batch as one entry, or nothing when the stream knows one of its keys.</summary>
    /// <param name="stream">Hub and shard.</param>
    /// <param name="batch">At least one event.</param>
    /// <param name="cancellationToken">Stops the wait, not the append: afterwards the entry may or may not be there.</param>
    /// <returns>Positions, once the entry is as durable as the implementation is configured to make it and visible to all readers.
    /// Calls made one after another keep their order.</returns>
    /// <exception cref="LogUnavailableException">The outcome is unknown.</exception>
    ValueTask<AppendResult> AppendAsync(StreamName stream, EncodedBatch batch, CancellationToken cancellationToken);

    /// <summary>Reads one page of what follows, without waiting; a position is verified in the same step.</summary>
    /// <param name="stream">Hub and shard.</param>
    /// <param name="from">The last event that the reader has, or <see cref="ReadFrom.Start"/>.</param>
    /// <param name="maxBytes">Stops after the entry whose frame passes this many bytes; at least one entry is returned if there is one.</param>
    /// <param name="cancellationToken">Stops the read.</param>
    /// <exception cref="LogUnavailableException">Nothing was read.</exception>
    ValueTask<ReadResult> ReadAsync(StreamName stream, ReadFrom from, int maxBytes, CancellationToken cancellationToken);

    /// <summary>Reads what follows, then what is appended from then on, by whatever process, until cancelled. Pages are never empty. Ends after a
    /// <see cref="ReadResult.Reset"/>, which comes also on a quiet stream; a reader that saw nothing of what was lost goes on. While the log is out of reach it waits for it.</summary>
    /// <param name="stream">Hub and shard.</param>
    /// <param name="from">The last event that the reader has, or <see cref="ReadFrom.Start"/>.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    IAsyncEnumerable<ReadResult> FollowAsync(StreamName stream, ReadFrom from, CancellationToken cancellationToken);

    /// <summary>The state of a stream, decided where it is appended to (never by a replica).</summary>
    /// <exception cref="LogUnavailableException">It isn't known.</exception>
    ValueTask<StreamHead> HeadAsync(StreamName stream, CancellationToken cancellationToken);

    /// <summary>Drops the entries whose last event has an offset up to <paramref name="offset"/>, but never the newest.</summary>
    /// <exception cref="LogUnavailableException">The outcome is unknown.</exception>
    ValueTask TrimAsync(StreamName stream, long offset, CancellationToken cancellationToken);

    /// <summary>Keeps a snapshot in place of an earlier one, or of one that can't be gone on from; its position is verified in the same step. From now on retention drops what
    /// follows it only beyond twice its limits, so that a fold finds it.</summary>
    /// <exception cref="LogUnavailableException">The outcome is unknown.</exception>
    ValueTask<SaveResult> SaveSnapshotAsync(StreamName stream, Snapshot snapshot, CancellationToken cancellationToken);

    /// <summary>The snapshot that is kept, or null. A read from its position verifies it: what it has may have been lost since.</summary>
    /// <exception cref="LogUnavailableException">Nothing was read.</exception>
    ValueTask<Snapshot?> ReadSnapshotAsync(StreamName stream, CancellationToken cancellationToken);

    /// <summary>Keeps how far a reader has come, as durably as an append, in place of what was kept for it; an earlier position counts too. The newest position is verified in the
    /// same step. Each reader of a stream has its own. Retention doesn't heed it.</summary>
    /// <param name="stream">Hub and shard.</param>
    /// <param name="reader">The reader's name.</param>
    /// <param name="locator">The last event that the reader is done with, and earlier positions to go back to after a loss; newest first, at least one.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    /// <exception cref="LogUnavailableException">The outcome is unknown.</exception>
    ValueTask<SaveResult> SaveCheckpointAsync(StreamName stream, string reader, IReadOnlyList<Position> locator, CancellationToken cancellationToken);

    /// <summary>What is kept for the reader, newest first; empty when nothing is. A read verifies whether one of them can be gone on from.</summary>
    /// <exception cref="LogUnavailableException">Nothing was read.</exception>
    ValueTask<IReadOnlyList<Position>> ReadCheckpointAsync(StreamName stream, string reader, CancellationToken cancellationToken);
}
