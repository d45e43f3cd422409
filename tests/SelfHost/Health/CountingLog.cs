using Serverless.Events;
using Serverless.Log;

namespace Serverless.Tests.SelfHost.Health;

/// <summary>A log that counts how often its head is asked for.</summary>
internal sealed class CountingLog(IEventLog log) : IEventLog
{
    public int Heads { get; private set; }

    public string Description => log.Description;

    public ValueTask OpenAsync(CancellationToken cancellationToken) => log.OpenAsync(cancellationToken);

    public ValueTask<AppendResult> AppendAsync(StreamName stream, EncodedBatch batch, CancellationToken cancellationToken) =>
        log.AppendAsync(stream, batch, cancellationToken);

    public ValueTask<ReadResult> ReadAsync(StreamName stream, ReadFrom from, int maxBytes, CancellationToken cancellationToken) =>
        log.ReadAsync(stream, from, maxBytes, cancellationToken);

    public IAsyncEnumerable<ReadResult> FollowAsync(StreamName stream, ReadFrom from, CancellationToken cancellationToken) =>
        log.FollowAsync(stream, from, cancellationToken);

    public ValueTask<StreamHead> HeadAsync(StreamName stream, CancellationToken cancellationToken)
    {
        Heads++;
        return log.HeadAsync(stream, cancellationToken);
    }

    public ValueTask TrimAsync(StreamName stream, long offset, CancellationToken cancellationToken) => log.TrimAsync(stream, offset, cancellationToken);

    public ValueTask<SaveResult> SaveSnapshotAsync(StreamName stream, Snapshot snapshot, CancellationToken cancellationToken) =>
        log.SaveSnapshotAsync(stream, snapshot, cancellationToken);

    public ValueTask<Snapshot?> ReadSnapshotAsync(StreamName stream, CancellationToken cancellationToken) => log.ReadSnapshotAsync(stream, cancellationToken);

    public ValueTask<SaveResult> SaveCheckpointAsync(StreamName stream, string reader, IReadOnlyList<Position> locator, CancellationToken cancellationToken) =>
        log.SaveCheckpointAsync(stream, reader, locator, cancellationToken);

    public ValueTask<IReadOnlyList<Position>> ReadCheckpointAsync(StreamName stream, string reader, CancellationToken cancellationToken) =>
        log.ReadCheckpointAsync(stream, reader, cancellationToken);

    public ValueTask DisposeAsync() => log.DisposeAsync();
}
