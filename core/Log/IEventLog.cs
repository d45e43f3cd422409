using Serverless.Events;

namespace Serverless.Log;

/// <summary>
/// Durable streams of entries. Within an epoch the offsets of a stream's events have no holes, and a position never means two events.
/// Thread-safe. The suite <c>EventLogConformance</c> tests each sentence here over every implementation.
/// </summary>
public interface IEventLog : IAsyncDisposable
{
    /// <summary>The kind and place of the log, for people: such as <c>embedded: /data/serverless.db</c>. Holds no secret.</summary>
    string Description { get; }

    /// <summary>Opens the log; called once, before anything else.</summary>
    /// <exception cref="LogOpenException">It can't be opened; the message says what is wrong and what to do.</exception>
    ValueTask OpenAsync(CancellationToken cancellationToken);

    /// <summary>Appends a batch as one entry, or nothing when the stream knows one of its keys. A stream that doesn't exist is created.</summary>
    /// <param name="stream">Hub and shard.</param>
    /// <param name="batch">At least one event.</param>
    /// <param name="cancellationToken">Stops the wait, not the append: afterwards the entry may or may not be there.</param>
    /// <returns>Positions, once the entry is as durable as the implementation is configured to make it and visible to all readers.
    /// Calls made one after another keep their order.</returns>
    /// <exception cref="LogUnavailableException">The outcome is unknown.</exception>
    ValueTask<AppendResult> AppendAsync(StreamName stream, EncodedBatch batch, CancellationToken cancellationToken);

    /// <summary>Reads one page of what follows <paramref name="after"/>, without waiting.</summary>
    /// <param name="stream">Hub and shard.</param>
    /// <param name="after">The last event that the reader has; <see cref="Position.Start"/> for all that is held.</param>
    /// <param name="maxBytes">Stops after the entry whose frame passes this many bytes; at least one entry is returned if there is one.</param>
    /// <param name="cancellationToken">Stops the read.</param>
    /// <exception cref="LogUnavailableException">Nothing was read.</exception>
    ValueTask<ReadResult> ReadAsync(StreamName stream, Position after, int maxBytes, CancellationToken cancellationToken);

    /// <summary>Reads what follows <paramref name="after"/>, then what is appended from then on, by whatever process, until cancelled.
    /// Pages are never empty. Ends after a <see cref="ReadResult.Reset"/>, which comes also on a quiet stream, and also when an append that this
    /// process was acknowledged was lost though the reader had not come to it. While the log is out of reach it waits for it.</summary>
    /// <param name="stream">Hub and shard.</param>
    /// <param name="after">The last event that the reader has.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    IAsyncEnumerable<ReadResult> FollowAsync(StreamName stream, Position after, CancellationToken cancellationToken);

    /// <summary>The state of a stream, decided where it is appended to (never by a replica).</summary>
    /// <exception cref="LogUnavailableException">It isn't known.</exception>
    ValueTask<StreamHead> HeadAsync(StreamName stream, CancellationToken cancellationToken);

    /// <summary>As <see cref="HeadAsync"/>, but begins no stream: null for one that doesn't exist. For names that callers make up.</summary>
    /// <exception cref="LogUnavailableException">It isn't known.</exception>
    ValueTask<StreamHead?> FindHeadAsync(StreamName stream, CancellationToken cancellationToken);

    /// <summary>Drops the entries whose last event has an offset up to <paramref name="offset"/>. The head and its epochs stay.</summary>
    /// <exception cref="LogUnavailableException">The outcome is unknown.</exception>
    ValueTask TrimAsync(StreamName stream, long offset, CancellationToken cancellationToken);

    /// <summary>Keeps a snapshot in place of an earlier one; one that isn't later than what is kept changes nothing. From now on retention drops what follows it only
    /// beyond twice its limits, so that a fold finds it.</summary>
    /// <exception cref="LogUnavailableException">The outcome is unknown.</exception>
    ValueTask SaveSnapshotAsync(StreamName stream, Snapshot snapshot, CancellationToken cancellationToken);

    /// <summary>The snapshot that is kept, or null. Its position is the reader's to judge: a tail that was lost may have been in it. Begins no stream.</summary>
    /// <exception cref="LogUnavailableException">Nothing was read.</exception>
    ValueTask<Snapshot?> ReadSnapshotAsync(StreamName stream, CancellationToken cancellationToken);

    /// <summary>Keeps how far a reader has come, as durably as an append, in place of what was kept for it; an earlier position counts too. Each reader of a stream has its
    /// own. Retention doesn't heed it.</summary>
    /// <param name="stream">Hub and shard.</param>
    /// <param name="reader">The reader's name.</param>
    /// <param name="at">The last event that the reader is done with.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    /// <exception cref="LogUnavailableException">The outcome is unknown.</exception>
    ValueTask SaveCheckpointAsync(StreamName stream, string reader, Position at, CancellationToken cancellationToken);

    /// <summary>What is kept for the reader, or null. Whether it can be gone on from is for a read to judge. Begins no stream.</summary>
    /// <exception cref="LogUnavailableException">Nothing was read.</exception>
    ValueTask<Position?> ReadCheckpointAsync(StreamName stream, string reader, CancellationToken cancellationToken);
}
