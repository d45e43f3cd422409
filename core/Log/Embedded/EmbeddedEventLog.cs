using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Serverless.Events;

namespace Serverless.Log.Embedded;

/// <summary>Streams in one SQLite file of this process, <c>serverless.db</c>.</summary>
internal sealed partial class EmbeddedEventLog : IEventLog
{
    private static readonly TimeSpan RetryReading = TimeSpan.FromSeconds(1);

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
        _tail = new(ReadForFollowerAsync);
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

    public async ValueTask<ReadResult> ReadAsync(StreamName stream, Position after, int maxBytes, CancellationToken cancellationToken)
    {
        var stored = await GetAsync(stream, cancellationToken);
        var head = stored.Head;
        if (head.Judge(after) is { } reason)
        {
            return new ReadResult.Reset(reason, head);
        }

        return after.Offset == head.Head.Offset
            ? new ReadResult.Page([])
            : await Store.Reads.ReadAsync(stored, head, after, maxBytes, cancellationToken);
    }

    public IAsyncEnumerable<ReadResult> FollowAsync(StreamName stream, Position after, CancellationToken cancellationToken) =>
        _tail.FollowAsync(stream, after, cancellationToken);

    public async ValueTask<StreamHead> HeadAsync(StreamName stream, CancellationToken cancellationToken) =>
        (await GetAsync(stream, cancellationToken)).Head;

    public ValueTask<StreamHead?> FindHeadAsync(StreamName stream, CancellationToken cancellationToken) => ValueTask.FromResult(Find(stream)?.Head);

    public async ValueTask TrimAsync(StreamName stream, long offset, CancellationToken cancellationToken) =>
        await Store.WriteAsync(new TrimRequest(stream, offset), cancellationToken);

    public async ValueTask SaveSnapshotAsync(StreamName stream, Snapshot snapshot, CancellationToken cancellationToken) =>
        await Store.WriteAsync(new SaveSnapshotRequest(stream, snapshot with { State = snapshot.State.ToArray() }), cancellationToken);

    public ValueTask<Snapshot?> ReadSnapshotAsync(StreamName stream, CancellationToken cancellationToken) =>
        Find(stream) is null ? ValueTask.FromResult<Snapshot?>(null) : Store.WriteAsync(new ReadSnapshotRequest(stream), cancellationToken);

    public async ValueTask SaveCheckpointAsync(StreamName stream, string reader, Position at, CancellationToken cancellationToken) =>
        await Store.WriteAsync(new SaveCheckpointRequest(stream, reader, at), cancellationToken);

    public ValueTask<Position?> ReadCheckpointAsync(StreamName stream, string reader, CancellationToken cancellationToken) =>
        Find(stream) is null ? ValueTask.FromResult<Position?>(null) : Store.WriteAsync(new ReadCheckpointRequest(stream, reader), cancellationToken);

    public ValueTask DisposeAsync() => _store?.DisposeAsync() ?? ValueTask.CompletedTask;

    private EmbeddedStream? Find(StreamName stream) => Store.Streams.GetValueOrDefault(stream);

    private ValueTask<EmbeddedStream> GetAsync(StreamName stream, CancellationToken cancellationToken) =>
        Find(stream) is { } stored
            ? ValueTask.FromResult(stored)
            : Store.WriteAsync(new BeginRequest(stream), cancellationToken);

    private async ValueTask<ReadResult> ReadForFollowerAsync(StreamName stream, Position after, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return await ReadAsync(stream, after, Tail.PageBytes, cancellationToken);
            }
            catch (LogUnavailableException e) when (!Store.Streams.ContainsKey(stream))
            {
                Log.ReaderWaits(_logger, stream, e);
                await Task.Delay(RetryReading, _time, cancellationToken);
            }
        }
    }
}
