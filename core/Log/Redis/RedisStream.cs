using Microsoft.Extensions.Logging;
using Serverless.Events;

namespace Serverless.Log.Redis;

/// <summary>
/// What this process knows of one stream: its last acknowledged append, its followers and, while there are some, up to where a <see cref="TailReader"/> has read it. Only the
/// master says that something is lost. Thread-safe; the place is one tail reader's to move.
/// </summary>
internal sealed class RedisStream
{
    private readonly Lock _lock = new();
    private readonly Dictionary<ulong, (Position Asked, Task<ReadResult> Reading)> _reads = [];
    private readonly Func<RedisStream, ReadFrom, Task<ReadResult>> _read;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private ChainMemory? _memory;
    private TailReader? _reader;
    private Position _lastAcknowledged;
    private long _confirmed;

    // read gives the page that follows, once; wait does so for a follower, again and again while Redis is out of reach
    public RedisStream(
        StreamName name, RedisKeys keys, Func<RedisStream, ReadFrom, Task<ReadResult>> read, Func<RedisStream, ReadFrom, CancellationToken, ValueTask<ReadResult>> wait,
        TimeProvider time, ILogger logger)
    {
        (Name, Keys, _read, _time, _logger) = (name, keys, read, time, logger);
        Followers = new((_, from, stop) => wait(this, from, stop));
    }

    public StreamName Name { get; }

    public RedisKeys Keys { get; }

    /// <summary>The stream's followers.</summary>
    public Tail Followers { get; }

    /// <summary>The place that the tail is read from: the end of an entry.</summary>
    public Position At { get; private set; }

    /// <summary>The ends of the entries that were read up to the place; the place is the newest of them.</summary>
    public ChainMemory Memory => _memory ?? throw new InvalidOperationException($"Stream {Name} isn't read here.");

    /// <summary>Whether the tail is read, from <see cref="At"/> on.</summary>
    public bool HasPlace => _memory is not null;

    /// <summary>Whether nothing was read or confirmed for so long that the master is to be asked how the stream stands.</summary>
    public bool IsQuiet => _memory is null || _time.GetElapsedTime(_confirmed) >= RedisSettings.Block;

    /// <summary>The last position that the master acknowledged to an append of this process.</summary>
    public Position LastAcknowledged
    {
        get
        {
            lock (_lock)
            {
                return _lastAcknowledged;
            }
        }
    }

    /// <summary>The master has answered an append.</summary>
    /// <param name="head">The stream's head after it.</param>
    /// <param name="isEarlierLost">Whether what was acknowledged before is no longer there: followers may have seen that.</param>
    public void Acknowledged(Position head, bool isEarlierLost)
    {
        lock (_lock)
        {
            (var before, _lastAcknowledged) = (_lastAcknowledged, head);
            if (isEarlierLost)
            {
                RedisEventLog.Log.AppendsLost(_logger, Name, before.Offset, head.Offset);
                Followers.Recheck(Name);
            }
        }
    }

    /// <summary>Reads a page for a follower. Followers that come back to the same entry at the same time share one read. A place that was confirmed within the last second needs none.</summary>
    /// <exception cref="LogUnavailableException">Nothing was read.</exception>
    public async Task<ReadResult> ReadSharedAsync(ReadFrom from)
    {
        if (from.Position is not { } position)
        {
            return await _read(this, from);
        }

        while (true)
        {
            (Position Asked, Task<ReadResult> Reading) shared;
            lock (_lock)
            {
                if (position == At && !IsQuiet)
                {
                    return new ReadResult.Page([], position);
                }

                if (!_reads.TryGetValue(position.Tag, out shared))
                {
                    _reads[position.Tag] = shared = (position, ReadOnceAsync(position));
                }
            }

            var result = await shared.Reading;
            if (shared.Asked == position)
            {
                return result;
            }

            // another's page, from elsewhere in the same entry; when it doesn't serve, that read is over, and this one is begun or joins a later one
            var entries = result is ReadResult.Page page ? page.Entries.SkipWhile(entry => entry.Last.Offset <= position.Offset).ToList() : [];
            if (entries.Count > 0 && Chain.Judge(position, entries[0], entries[^1].Last) is null)
            {
                return new ReadResult.Page(entries, entries[^1].Last);
            }
        }
    }

    /// <summary>The master says that the stream's head is here: all followers are to be there too. At first it becomes the place.</summary>
    /// <returns>Whether the place is there.</returns>
    public bool Confirm(Position head, TailReader reader)
    {
        lock (_lock)
        {
            _reader = reader;
            if (_memory is null)
            {
                Begin(head, new(reader.Budget));
            }

            if (head == At)
            {
                _confirmed = _time.GetTimestamp();
                Followers.Compare(Name, head);
            }

            return head == At;
        }
    }

    /// <summary>Takes an entry that was read at the tail and hands it to the followers.</summary>
    /// <returns>Whether it follows the place; otherwise it is nobody's.</returns>
    public bool TryPublish(LogEntry entry)
    {
        lock (_lock)
        {
            if (!entry.Follows(At))
            {
                return false;
            }

            Memory.Add(entry.Last);
            (At, _confirmed) = (entry.Last, _time.GetTimestamp());
            Followers.Publish(Name, entry);
            return true;
        }
    }

    /// <summary>All but the oldest so many of the remembered entries are lost. Followers that saw nothing of it go on.</summary>
    public void GoBackTo(int remembered)
    {
        lock (_lock)
        {
            RedisEventLog.Log.ChainBroken(_logger, Name, Memory[remembered - 1].Offset, At.Offset);
            Memory.Truncate(remembered);
            At = Memory[remembered - 1];
            Followers.GoBack(Name, At, position => Memory.Find(position) is not null);
        }
    }

    /// <summary>Nothing that is remembered tells where followers are: the place is at the head, and each has its own verified.</summary>
    public void Restart(Position head)
    {
        lock (_lock)
        {
            Begin(head, Memory);
            Followers.Recheck(Name);
        }
    }

    /// <summary>A reader reads the tail no longer; another may have begun meanwhile.</summary>
    public void End(TailReader reader)
    {
        lock (_lock)
        {
            if (_reader == reader)
            {
                _memory?.Release();
                (_memory, _reader) = (null, null);
            }
        }
    }

    private void Begin(Position head, ChainMemory memory)
    {
        memory.Truncate(0);
        memory.Add(head);
        (_memory, At, _confirmed) = (memory, head, _time.GetTimestamp());
    }

    private async Task<ReadResult> ReadOnceAsync(Position position)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            return await _read(this, position);
        }
        finally
        {
            lock (_lock)
            {
                _reads.Remove(position.Tag);
            }
        }
    }
}
