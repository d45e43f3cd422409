using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Serverless.Events;
using StackExchange.Redis;

namespace Serverless.Log.Redis;

/// <summary>Streams in Redis, shared by all nodes.</summary>
internal sealed partial class RedisEventLog(IOptions<LogOptions> options, TimeProvider time, ILogger<RedisEventLog> logger) : IEventLog
{
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    private readonly LogOptions _options = options.Value;
    private readonly ConcurrentDictionary<StreamName, RedisStream> _streams = new();
    private Opened? _opened;

    public string Description => $"redis: {RedisSettings.Parse(_options).EndPoints}, {_options.RedisPartitions} partitions";

    private Opened Now => _opened ?? throw new InvalidOperationException("The Redis log isn't open: call OpenAsync first.");

    public async ValueTask OpenAsync(CancellationToken cancellationToken)
    {
        var settings = RedisSettings.Parse(_options);
        var connection = await RedisConnection.OpenAsync(settings, _options, logger, cancellationToken);
        var database = connection.GetDatabase();
        var script = new AppendScript(database, _options, time);
        var outage = new Outage(settings.EndPoints, logger);
        var process = RandomNumberGenerator.GetHexString(16, lowercase: true);
        var readers = Enumerable.Range(0, _options.RedisPartitions).Select(partition => new PartitionReader(
            partition, settings, RedisKeys.Wake(_options, partition, process), database, script, outage, time, logger));
        var version = RedisConnection.Version(connection);
        _opened = new(settings.EndPoints, connection, database, script, outage, [.. readers], version >= FirstSharded);
        Log.Opened(logger, settings.EndPoints, version?.ToString() ?? "unknown", _options.RedisPartitions);
    }

    public async ValueTask<AppendResult> AppendAsync(StreamName stream, EncodedBatch batch, CancellationToken cancellationToken)
    {
        var answer = await AskAsync(stream, Now.Script.AppendAsync(Get(stream), batch), "repeat the append with the same keys", cancellationToken);
        return answer.Known.Count > 0 ? new AppendResult.Duplicate(answer.Known) : new AppendResult.Appended(answer.Head.Head);
    }

    public async ValueTask<ReadResult> ReadAsync(StreamName stream, Position after, int maxBytes, CancellationToken cancellationToken) =>
        await AskAsync(stream, PageReader.ReadAsync(Get(stream), Now.Database, Now.Script, after, maxBytes), "repeat the read", cancellationToken);

    public async IAsyncEnumerable<ReadResult> FollowAsync(
        StreamName stream, Position after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var followed = Get(stream);
        var reader = Now.Readers[followed.Keys.Partition];
        reader.Follow(followed);
        try
        {
            await foreach (var result in followed.Followers.FollowAsync(after, cancellationToken))
            {
                yield return result;
            }
        }
        finally
        {
            reader.Unfollow(followed);
        }
    }

    public async ValueTask<StreamHead> HeadAsync(StreamName stream, CancellationToken cancellationToken) =>
        (await AskAsync(stream, Now.Script.CheckAsync(Get(stream)), "ask again", cancellationToken)).Head;

    public async ValueTask<StreamHead?> FindHeadAsync(StreamName stream, CancellationToken cancellationToken)
    {
        // kept only when it is there
        var asked = _streams.TryGetValue(stream, out var known) ? known : Create(stream);
        var answer = await AskAsync(stream, Now.Script.FindAsync(asked), "ask again", cancellationToken);
        if (answer is not null && known is null)
        {
            _streams.TryAdd(stream, asked);
        }

        return answer?.Head;
    }

    public async ValueTask TrimAsync(StreamName stream, long offset, CancellationToken cancellationToken)
    {
        while ((await AskAsync(stream, Now.Script.TrimAsync(Get(stream), offset), "repeat the trim", cancellationToken)).More)
        {
        }
    }

    public async ValueTask SaveSnapshotAsync(StreamName stream, Snapshot snapshot, CancellationToken cancellationToken) =>
        await AskAsync(stream, Snapshots.SaveAsync(Now.Database, Get(stream).Keys, snapshot), "save it again", cancellationToken);

    public async ValueTask<Snapshot?> ReadSnapshotAsync(StreamName stream, CancellationToken cancellationToken) =>
        await AskAsync(stream, Snapshots.ReadAsync(Now.Database, RedisKeys.Of(_options, stream)), "repeat the read", cancellationToken);

    public async ValueTask SaveCheckpointAsync(StreamName stream, string reader, Position at, CancellationToken cancellationToken) =>
        await AskAsync(stream, Checkpoints.SaveAsync(Now.Database, Get(stream).Keys, reader, at), "save it again", cancellationToken);

    public async ValueTask<Position?> ReadCheckpointAsync(StreamName stream, string reader, CancellationToken cancellationToken) =>
        await AskAsync(stream, Checkpoints.ReadAsync(Now.Database, RedisKeys.Of(_options, stream), reader), "repeat the read", cancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _opened, null) is { } opened)
        {
            await Task.WhenAll(opened.Readers.Select(reader => reader.DisposeAsync().AsTask()));
            await opened.Connection.DisposeAsync();
        }
    }

    private RedisStream Get(StreamName stream) => _streams.TryGetValue(stream, out var known) ? known : _streams.GetOrAdd(stream, Create(stream));

    private RedisStream Create(StreamName stream)
    {
        var keys = RedisKeys.Of(_options, stream);
        return new(stream, keys, ReadPatientlyAsync, logger) { EpochChanged = () => _opened?.Readers[keys.Partition].Wake() };
    }

    private async ValueTask<ReadResult> ReadPatientlyAsync(StreamName stream, Position after, CancellationToken cancellationToken)
    {
        for (var pause = ShortestPause; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            try
            {
                return await ReadAsync(stream, after, Tail.PageBytes, cancellationToken);
            }
            catch (LogUnavailableException e)
            {
                Now.Outage.Failed(Get(stream).Keys.Partition, e);
            }

            await Task.Delay(pause, time, cancellationToken);
        }
    }

    private async Task<T> AskAsync<T>(StreamName stream, Task<T> answer, string next, CancellationToken cancellationToken)
    {
        try
        {
            return await answer.WaitAsync(cancellationToken);
        }
        catch (Exception e) when (e is RedisException or TimeoutException or ObjectDisposedException)
        {
            throw new LogUnavailableException(stream, $"Redis at {Now.EndPoints} doesn't serve it ({RedisConnection.Reason(e)}); {next}.", e);
        }
    }

    private sealed record Opened(
        string EndPoints,
        ConnectionMultiplexer Connection,
        IDatabase Database,
        AppendScript Script,
        Outage Outage,
        IReadOnlyList<PartitionReader> Readers,
        bool HasShardedChannels);
}
