using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Serverless.Codec;
using StackExchange.Redis;

namespace Serverless.Log.Redis;

/// <summary>
/// Reads the tails of up to 999 followed streams of one hash tag with one blocking <c>XREAD</c>, over a connection of its own, since a blocked connection serves nobody else.
/// Streams that bring nothing for a second are compared with the master: a blocking read doesn't notice that a stream became shorter than its place.
/// </summary>
internal sealed class TailReader(
    int partition, RedisKey wake, RedisSettings settings, IEventLog log, IDatabase commands, RedisScripts scripts, ChainMemory.Budget budget, Outage outage, TimeProvider time, ILogger logger)
    : IAsyncDisposable
{
    private const int EntriesPerRead = 100;
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan WakeKeyLives = TimeSpan.FromHours(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<RedisStream, int> _followers = [];
    private readonly Channel<bool> _changed = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly CancellationTokenSource _stop = new();
    private readonly Dictionary<string, RedisStream> _reading = [];
    private readonly Dictionary<RedisStream, long> _setAside = [];
    private readonly string _name = $"the streams of hash tag {partition}";
    private ConnectionMultiplexer? _connection;
    private Task? _running;
    private bool _isAllDue;
    private long _version;

    /// <summary>What the memories of all streams share.</summary>
    public ChainMemory.Budget Budget => budget;

    /// <summary>Whether it takes one more stream; the key that wakes it is one too. <see cref="TailReaders"/> alone adds some.</summary>
    public bool HasRoom => _followers.Count < RedisScripts.MaxStreams - 1;

    /// <summary>Whether it reads a stream.</summary>
    public bool Has(RedisStream stream)
    {
        lock (_lock)
        {
            return _followers.ContainsKey(stream);
        }
    }

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

        var version = Interlocked.Increment(ref _version);
        _changed.Writer.TryWrite(true);
        _ = WakeAsync(version);
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
        for (var pause = ShortestPause; !_stop.IsCancellationRequested;)
        {
            try
            {
                await ReadAsync(_stop.Token);
                outage.Ended(_name);
                pause = ShortestPause;
            }
            catch (Exception) when (_stop.IsCancellationRequested)
            {
                // disposed: nobody waits for entries
            }
            catch (Exception e)
            {
                _isAllDue = true;
                outage.Failed(_name, e);
                await Task.Delay(pause, time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                pause = TimeSpan.FromTicks(Math.Min(2 * pause.Ticks, RedisSettings.Block.Ticks));
            }
        }
    }

    private async Task ReadAsync(CancellationToken cancellationToken)
    {
        var version = Interlocked.Read(ref _version);
        Update();
        if (_reading.Count == 0)
        {
            await _changed.Reader.ReadAsync(cancellationToken);
            return;
        }

        await CompareAsync(cancellationToken);
        _connection ??= await ConnectionMultiplexer.ConnectAsync(settings.ForBlockingReads(partition)).WaitAsync(cancellationToken);
        var reading = _connection.GetDatabase().ExecuteAsync("XREAD", Arguments(version), CommandFlags.DemandMaster);
        var answer = await reading.WaitAsync(cancellationToken);
        _isAllDue = answer.IsNull;
        foreach (var read in answer.IsNull ? [] : (RedisResult[])answer!)
        {
            if (_reading.TryGetValue((string)read[0]!, out var stream))
            {
                await TakeAsync(stream, (RedisResult[])read[1]!, cancellationToken);
            }
        }
    }

    /// <summary>Takes over which streams are followed now.</summary>
    private void Update()
    {
        lock (_lock)
        {
            foreach (var (key, stream) in _reading)
            {
                if (!_followers.ContainsKey(stream))
                {
                    _reading.Remove(key);
                    _setAside.Remove(stream);
                    stream.End(this);
                }
            }

            foreach (var stream in _followers.Keys)
            {
                _reading[stream.Keys.Log.ToString()] = stream;
            }
        }
    }

    /// <summary>Asks how the streams stand that brought nothing for a second; all of them after an outage. One that can't be asked for is set aside, so that it doesn't stop the others.</summary>
    private async Task CompareAsync(CancellationToken cancellationToken)
    {
        List<RedisStream> due = [.. _reading.Values.Where(stream => (_isAllDue || stream.IsQuiet) && !IsAside(stream))];
        var heads = due.Count == 0 ? [] : await scripts.HeadsAsync(due.ConvertAll(stream => stream.Keys)).WaitAsync(cancellationToken);
        for (var i = 0; i < due.Count; i++)
        {
            if (heads[i] is not { Head: var head })
            {
                SetAside(due[i]);
            }
            else if (!due[i].Confirm(head, this) && !await TryRepairAsync(due[i], cancellationToken))
            {
                await RestartAsync(due[i], cancellationToken);
            }
        }
    }

    private async Task TakeAsync(RedisStream stream, RedisResult[] entries, CancellationToken cancellationToken)
    {
        var at = stream.At;
        try
        {
            if (entries.All(entry => stream.TryPublish(RedisEntries.Read(stream.Name, entry))))
            {
                _setAside.Remove(stream);
                return;
            }

            if (!await TryRepairAsync(stream, cancellationToken))
            {
                await RestartAsync(stream, cancellationToken);
            }
        }
        catch (FrameException)
        {
            // followers come upon it in their pages
            await RestartAsync(stream, cancellationToken);
        }

        // otherwise the next read would bring the same, again and again
        if (stream.At == at)
        {
            SetAside(stream);
        }
    }

    private bool IsAside(RedisStream stream) => _setAside.TryGetValue(stream, out var since) && time.GetElapsedTime(since) < RedisSettings.Block;

    private void SetAside(RedisStream stream)
    {
        if (!_setAside.ContainsKey(stream))
        {
            RedisEventLog.Log.SetAside(logger, stream.Name);
        }

        _setAside[stream] = time.GetTimestamp();
    }

    /// <summary>Finds the newest remembered entry that the master has too, and reads on from there; mostly the newest of all is there, and nothing was lost.</summary>
    /// <returns>Whether there is one.</returns>
    private async Task<bool> TryRepairAsync(RedisStream stream, CancellationToken cancellationToken)
    {
        var memory = stream.Memory;
        var (low, high) = (0, memory.Count - 1);
        if (await VerifyAsync(high) is var newest and not ResetReason.TailLost)
        {
            return newest is null;
        }

        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = await VerifyAsync(middle) == ResetReason.TailLost ? (low, middle) : (middle + 1, high);
        }

        // what was trimmed counts as common, and nobody can go on from there
        if (low == 0 || await VerifyAsync(low - 1) is not null)
        {
            return false;
        }

        stream.GoBackTo(low);
        return true;

        async Task<ResetReason?> VerifyAsync(int index) => await log.VerifyAsync(stream.Name, memory[index], cancellationToken);
    }

    private async Task RestartAsync(RedisStream stream, CancellationToken cancellationToken)
    {
        if ((await scripts.HeadsAsync([stream.Keys]).WaitAsync(cancellationToken))[0] is { Head: var head })
        {
            stream.Restart(head);
        }
    }

    private List<object> Arguments(long version)
    {
        List<RedisStream> read = [.. _reading.Values.Where(stream => stream.HasPlace && !IsAside(stream))];
        List<object> arguments = ["COUNT", EntriesPerRead, "BLOCK", (long)RedisSettings.Block.TotalMilliseconds, "STREAMS", wake];
        arguments.AddRange(read.Select(stream => (object)stream.Keys.Log));
        arguments.Add(RedisEntries.Id(version));
        arguments.AddRange(read.Select(stream => RedisEntries.Id(stream.At.Offset)));
        return arguments;
    }
}
