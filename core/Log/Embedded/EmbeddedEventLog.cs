using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Serverless.Events;

namespace Serverless.Log.Embedded;

/// <summary>Streams in one SQLite file of this process, <c>serverless.db</c>.</summary>
internal sealed partial class EmbeddedEventLog : IEventLog
{
    private readonly LogOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<EmbeddedEventLog> _logger;
    private readonly Tail _tail;
    private EmbeddedStore? _store;

    public EmbeddedEventLog(IOptions<LogOptions> options, TimeProvider time, ILogger<EmbeddedEventLog> logger)
    {
        _options = options.Value;
        _time = time;
        _logger = logger;
        _tail = new((stream, from, stop) => ReadAsync(stream, from, Tail.PageBytes, stop));
        Description = $"embedded: {EmbeddedStore.FilePath(_options)}";
    }

    public string Description { get; }

    private EmbeddedStore Store => _store ?? throw new InvalidOperationException($"{nameof(OpenAsync)} comes first.");

    public ValueTask OpenAsync(CancellationToken cancellationToken)
    {
        _store = EmbeddedStore.Open(_options, _tail, _time, _logger);
        return ValueTask.CompletedTask;
    }

    public async ValueTask<AppendResult> AppendAsync(StreamName stream, EncodedBatch batch, CancellationToken cancellationToken)
    {
        // a copy: readers of the tail keep it, and a caller that stops waiting may reuse its own
        var request = new AppendRequest(stream, batch with { Frame = batch.Frame.ToArray() });
        return await Store.WriteAsync(request, cancellationToken);
    }

    public async ValueTask<ReadResult> ReadAsync(StreamName stream, ReadFrom from, int maxBytes, CancellationToken cancellationToken) =>
        Find(stream) is not { } stored ? Chain.Result(from, [], StreamHead.None)
        : from.Position is { } position && position == stored.Head.Head ? new ReadResult.Page([], position)
        : await Store.Reads.ReadAsync(stored, from, maxBytes, cancellationToken);

    public IAsyncEnumerable<ReadResult> FollowAsync(StreamName stream, ReadFrom from, CancellationToken cancellationToken) =>
        _tail.FollowAsync(stream, from, cancellationToken);

    public ValueTask<StreamHead> HeadAsync(StreamName stream, CancellationToken cancellationToken) =>
        ValueTask.FromResult(Find(stream)?.Head ?? StreamHead.None);

    public async ValueTask TrimAsync(StreamName stream, long offset, CancellationToken cancellationToken) =>
        await Store.WriteAsync(new TrimRequest(stream, offset), cancellationToken);

    public ValueTask<SaveResult> SaveSnapshotAsync(StreamName stream, Snapshot snapshot, CancellationToken cancellationToken)
    {
        var kept = snapshot with { State = snapshot.State.ToArray() };
        return Store.WriteAsync(new SideRequest<SaveResult>(stream, kept.State.Length + 1, transaction => transaction.Save(stream, kept)), cancellationToken);
    }

    public ValueTask<Snapshot?> ReadSnapshotAsync(StreamName stream, CancellationToken cancellationToken) =>
        Store.WriteAsync(new SideRequest<Snapshot?>(stream, bytes: 0, transaction => transaction.ReadSnapshot(stream)), cancellationToken);

    public ValueTask<SaveResult> SaveCheckpointAsync(StreamName stream, string reader, IReadOnlyList<Position> locator, CancellationToken cancellationToken)
    {
        var (newest, positions) = (locator[0], string.Join(' ', locator));
        return Store.WriteAsync(new SideRequest<SaveResult>(stream, positions.Length, transaction => transaction.Save(stream, reader, newest, positions)), cancellationToken);
    }

    public ValueTask<IReadOnlyList<Position>> ReadCheckpointAsync(StreamName stream, string reader, CancellationToken cancellationToken) =>
        Store.WriteAsync(new SideRequest<IReadOnlyList<Position>>(stream, bytes: 0, transaction => transaction.ReadCheckpoint(stream, reader)), cancellationToken);

    public ValueTask DisposeAsync() => _store?.DisposeAsync() ?? ValueTask.CompletedTask;

    private EmbeddedStream? Find(StreamName stream) => Store.Streams.GetValueOrDefault(stream);
}
