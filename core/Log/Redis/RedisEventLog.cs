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

    /// <summary>What the followers of a process may remember of the chains of all streams together, beyond a little for each.</summary>
    private const long MemoryBytes = 64L << 20;

    private readonly LogOptions _options = options.Value;
    private readonly ConcurrentDictionary<StreamName, RedisStream> _streams = new();
    private Opened? _opened;

    public string Description => $"redis: {RedisSettings.Parse(_options).EndPoints}, {_options.RedisPartitions} partitions";

    private Opened Now => _opened ?? throw new InvalidOperationException("The Redis log isn't open: call OpenAsync first.");

    public async ValueTask OpenAsync(CancellationToken cancellationToken)
    {
        var settings = RedisSettings.Parse(_options);
        var (connection, version) = await RedisConnection.OpenAsync(settings, _options, time, logger, cancellationToken);
        var database = connection.GetDatabase();
        var scripts = new RedisScripts(database, _options, time);
        var outage = new Outage(settings.EndPoints, logger);
        var budget = new ChainMemory.Budget(MemoryBytes);
        var process = RandomNumberGenerator.GetHexString(16, lowercase: true);
        var readers = Enumerable.Range(0, _options.RedisPartitions).Select(partition => new TailReaders(number => new(
            partition, RedisKeys.Wake(_options, partition, $"{process}:{number}"), settings, this, database, scripts, budget, outage, time, logger)));
        _opened = new(settings.EndPoints, connection, database, scripts, outage, [.. readers], version >= FirstSharded);
        Log.Opened(logger, settings.EndPoints, version?.ToString() ?? "unknown", _options.RedisPartitions);
    }

    public ValueTask<AppendResult> AppendAsync(StreamName stream, EncodedBatch batch, CancellationToken cancellationToken) =>
        AskAsync(stream, Now.Scripts.AppendAsync(Get(stream), batch), "repeat the append with the same keys", cancellationToken);

    public ValueTask<ReadResult> ReadAsync(StreamName stream, ReadFrom from, int maxBytes, CancellationToken cancellationToken) =>
        AskAsync(stream, Now.Scripts.ReadAsync(stream, Keys(stream), from, maxBytes), "repeat the read", cancellationToken);

    public async IAsyncEnumerable<ReadResult> FollowAsync(
        StreamName stream, ReadFrom from, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var followed = Get(stream);
        var reader = Now.Readers[followed.Keys.Partition].Follow(followed);
        try
        {
            await foreach (var result in followed.Followers.FollowAsync(stream, from, cancellationToken))
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
        (await AskAsync(stream, Now.Scripts.HeadsAsync([Keys(stream)]), "ask again", cancellationToken))[0]
        ?? throw new LogUnavailableException(stream, $"Redis at {Now.EndPoints} can't tell how it stands: its slot is moving, or something else wrote to its keys; ask again.");

    public async ValueTask TrimAsync(StreamName stream, long offset, CancellationToken cancellationToken)
    {
        while (await AskAsync(stream, Now.Scripts.TrimAsync(Get(stream), offset), "repeat the trim", cancellationToken))
        {
        }
    }

    public ValueTask<SaveResult> SaveSnapshotAsync(StreamName stream, Snapshot snapshot, CancellationToken cancellationToken) =>
        AskAsync(stream, Now.Scripts.SaveAsync(Keys(stream), snapshot), "save it again", cancellationToken);

    public async ValueTask<Snapshot?> ReadSnapshotAsync(StreamName stream, CancellationToken cancellationToken)
    {
        var asked = Now.Database.HashGetAsync(Keys(stream).Snapshot, ["offset", "tag", "state"], CommandFlags.DemandMaster);
        var kept = await AskAsync(stream, asked, "repeat the read", cancellationToken);
        return kept[0].IsNull ? null : new(new((long)kept[0], RedisEntries.ReadTag(kept[1])), (byte[])kept[2]!);
    }

    public ValueTask<SaveResult> SaveCheckpointAsync(StreamName stream, string reader, IReadOnlyList<Position> locator, CancellationToken cancellationToken) =>
        AskAsync(stream, Now.Scripts.SaveAsync(Keys(stream), reader, locator), "save it again", cancellationToken);

    public async ValueTask<IReadOnlyList<Position>> ReadCheckpointAsync(StreamName stream, string reader, CancellationToken cancellationToken)
    {
        var asked = Now.Database.HashGetAsync(Keys(stream).Checkpoints, reader, CommandFlags.DemandMaster);
        var kept = (string?)await AskAsync(stream, asked, "repeat the read", cancellationToken);
        return Position.ParseAll(kept ?? "");
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _opened, null) is { } opened)
        {
            await Task.WhenAll(opened.Readers.Select(readers => readers.DisposeAsync().AsTask()));
            await opened.Connection.DisposeAsync();
        }
    }

    private RedisKeys Keys(StreamName stream) => _streams.TryGetValue(stream, out var known) ? known.Keys : RedisKeys.Of(_options, stream);

    private RedisStream Get(StreamName stream) =>
        _streams.GetOrAdd(stream, name => new(name, RedisKeys.Of(_options, name), ReadAsync, ReadPatientlyAsync, time, logger));

    private Task<ReadResult> ReadAsync(RedisStream stream, ReadFrom from) => ReadAsync(stream.Name, from, Tail.PageBytes, CancellationToken.None).AsTask();

    private async ValueTask<ReadResult> ReadPatientlyAsync(RedisStream stream, ReadFrom from, CancellationToken cancellationToken)
    {
        var (reader, hasFailed) = (stream.Name.ToString(), false);
        try
        {
            for (var pause = ShortestPause; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
            {
                try
                {
                    return await stream.ReadSharedAsync(from).WaitAsync(cancellationToken);
                }
                catch (LogUnavailableException e)
                {
                    hasFailed = true;
                    _opened?.Outage.Failed(reader, e);
                }

                await Task.Delay(pause, time, cancellationToken);
            }
        }
        finally
        {
            if (hasFailed)
            {
                _opened?.Outage.Ended(reader);
            }
        }
    }

    private async ValueTask<T> AskAsync<T>(StreamName stream, Task<T> answer, string next, CancellationToken cancellationToken)
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
        RedisScripts Scripts,
        Outage Outage,
        IReadOnlyList<TailReaders> Readers,
        bool HasShardedChannels);
}
