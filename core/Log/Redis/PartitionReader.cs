using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace Serverless.Log.Redis;

/// <summary>
/// Reads the tails of all followed streams of one partition with one blocking <c>XREAD</c>, over a connection of its own, since a blocked connection
/// serves nobody else. A stream that brings nothing for a second is checked at the master: a blocking read doesn't notice that a stream
/// became shorter than its place.
/// </summary>
internal sealed class PartitionReader(
    int partition, RedisSettings settings, RedisKey wake, IDatabase commands, AppendScript script, Outage outage, TimeProvider time, ILogger logger)
    : IAsyncDisposable
{
    private const int EntriesPerRead = 100;
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan WakeKeyLives = TimeSpan.FromHours(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<RedisStream, int> _followers = [];
    private readonly Channel<bool> _changed =
        Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly CancellationTokenSource _stop = new();
    private readonly Dictionary<string, Place> _places = [];
    private ConnectionMultiplexer? _connection;
    private Task? _running;
    private long _version;

    /// <summary>Reads a stream from now on, until as many calls of <see cref="Unfollow"/> came.</summary>
    public void Follow(RedisStream stream)
    {
        lock (_lock)
        {
            var followers = _followers.GetValueOrDefault(stream);
            _followers[stream] = followers + 1;
            _running ??= Task.Run(RunAsync);
            if (followers > 0)
            {
                return;
            }
        }

        Wake();
    }

    /// <summary>One follower less.</summary>
    public void Unfollow(RedisStream stream)
    {
        lock (_lock)
        {
            if (--_followers[stream] == 0)
            {
                _followers.Remove(stream);
            }
        }
    }

    /// <summary>Makes the reader look at its streams again, at once.</summary>
    public void Wake()
    {
        lock (_lock)
        {
            if (_followers.Count == 0)
            {
                return;
            }
        }

        var version = Interlocked.Increment(ref _version);
        _changed.Writer.TryWrite(true);
        _ = WakeAsync(version);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        if (_running is not null)
        {
            await _running;
        }

        if (_connection is not null)
        {
            await _connection.DisposeAsync();
        }

        _stop.Dispose();
    }

    // the blocking read waits for this stream too; with the version as its id, a call that comes before the read isn't missed by it
    private async Task WakeAsync(long version)
    {
        try
        {
            var added = commands.ExecuteAsync("XADD", [wake, "MAXLEN", 1, RedisEntries.Id(version), "w", ""], CommandFlags.DemandMaster);
            await Task.WhenAll(added, commands.KeyExpireAsync(wake, WakeKeyLives, flags: CommandFlags.DemandMaster));
        }
        catch (Exception e) when (e is RedisException or TimeoutException or ObjectDisposedException)
        {
            RedisEventLog.Log.NotWoken(logger, partition, e);
        }
    }

    private async Task RunAsync()
    {
        try
        {
            var pause = ShortestPause;
            while (true)
            {
                if (await TryReadAsync())
                {
                    pause = ShortestPause;
                    continue;
                }

                await Task.Delay(pause, time, _stop.Token);
                pause = TimeSpan.FromTicks(Math.Min(2 * pause.Ticks, RedisSettings.Block.Ticks));
            }
        }
        catch (Exception) when (_stop.IsCancellationRequested)
        {
            // disposed: nobody waits for entries
        }
    }

    private async Task<bool> TryReadAsync()
    {
        try
        {
            await ReadAsync(_stop.Token);
            outage.Ended(partition);
            return true;
        }
        catch (Exception e) when (!_stop.IsCancellationRequested)
        {
            // whatever came meanwhile, the followers read in pages once their streams have places again
            _places.Clear();
            outage.Failed(partition, e);
            return false;
        }
    }

    private async Task ReadAsync(CancellationToken cancellationToken)
    {
        var version = Interlocked.Read(ref _version);
        await PlaceAsync(cancellationToken);
        if (_places.Count == 0)
        {
            await _changed.Reader.ReadAsync(cancellationToken);
            return;
        }

        _connection ??= await ConnectionMultiplexer.ConnectAsync(settings.ForBlockingReads(partition)).WaitAsync(cancellationToken);
        var reading = _connection.GetDatabase().ExecuteAsync("XREAD", Arguments(version), CommandFlags.DemandMaster);
        var answer = await reading.WaitAsync(cancellationToken);
        if (answer.IsNull)
        {
            foreach (var place in _places.Values)
            {
                place.Due = true;
            }

            return;
        }

        foreach (var read in (RedisResult[])answer!)
        {
            if (_places.TryGetValue((string)read[0]!, out var place))
            {
                place.Publish((RedisResult[])read[1]!, time.GetTimestamp());
            }
        }
    }

    /// <summary>Gives each followed stream a place to read from: the one it has, or, at first and when an epoch began, the head; then its followers
    /// read pages up to there.</summary>
    private async Task PlaceAsync(CancellationToken cancellationToken)
    {
        var followed = new HashSet<RedisStream>();
        lock (_lock)
        {
            followed.UnionWith(_followers.Keys);
        }

        foreach (var (key, place) in _places)
        {
            if (!followed.Contains(place.Stream))
            {
                _places.Remove(key);
            }
        }

        var asked = followed.Where(IsDue).ToHashSet();
        await Task.WhenAll(asked.Select(script.CheckAsync)).WaitAsync(cancellationToken);
        foreach (var stream in followed)
        {
            var highest = stream.Highest;
            var key = stream.Keys.Log.ToString();
            if (!_places.TryGetValue(key, out var place) || place.Epoch != highest.Epoch)
            {
                _places[key] = new(stream, highest, time.GetTimestamp());
                stream.Followers.Recheck();
            }
            else if (asked.Contains(stream))
            {
                place.Heard(time.GetTimestamp());
            }
        }
    }

    private bool IsDue(RedisStream stream) =>
        !_places.TryGetValue(stream.Keys.Log.ToString(), out var place) || place.Due || time.GetElapsedTime(place.HeardAt) >= RedisSettings.Block;

    private List<object> Arguments(long version)
    {
        List<object> arguments = ["COUNT", EntriesPerRead, "BLOCK", (long)RedisSettings.Block.TotalMilliseconds, "STREAMS", wake];
        arguments.AddRange(_places.Values.Select(place => (object)place.Stream.Keys.Log));
        arguments.Add(RedisEntries.Id(version));
        arguments.AddRange(_places.Values.Select(place => RedisEntries.Id(place.Offset)));
        return arguments;
    }
}
