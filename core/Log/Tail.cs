using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Serverless.Events;

namespace Serverless.Log;

/// <summary>
/// Joins history and what is appended while it is read, for the readers of one log in this process. An implementation hands each new entry to
/// <see cref="Publish"/>; a reader that falls behind, or sees an entry that doesn't name the last one that it has, goes back to reading pages. Thread-safe.
/// </summary>
/// <param name="read">Reads a page: <see cref="IEventLog.ReadAsync"/>, except that it waits for a log that is out of reach.</param>
internal sealed class Tail(Func<StreamName, ReadFrom, CancellationToken, ValueTask<ReadResult>> read)
{
    /// <summary>The bytes after which a page that is read for followers ends.</summary>
    public const int PageBytes = 1 << 20;

    /// <summary>Entries that may wait for one reader; more are read again from the log.</summary>
    private const int Capacity = 1024;

    private readonly Lock _lock = new();
    private readonly Dictionary<StreamName, List<Reader>> _readers = [];

    /// <summary>How many streams have readers now.</summary>
    public int FollowedCount => _readers.Count;

    /// <summary>Hands an entry that was appended to the stream's readers. Never waits.</summary>
    public void Publish(StreamName stream, LogEntry entry) => Each(stream, reader => reader.Offer(entry));

    /// <summary>Makes the stream's readers read a page, and so have their positions verified.</summary>
    public void Recheck(StreamName stream) => Each(stream, reader => reader.SendBack());

    /// <summary>The stream is quiet: a reader that waits anywhere but at its head reads a page.</summary>
    public void Compare(StreamName stream, Position head) => Each(stream, reader => reader.Compare(head));

    /// <summary>The stream lost its tail behind an entry. Readers up to that entry go on, and lost entries that wait for them are dropped. Other readers read a page, and so do those whose position isn't remembered.</summary>
    public void GoBack(StreamName stream, Position common, Func<Position, bool> isRemembered) => Each(stream, reader => reader.GoBack(common, isRemembered));

    /// <summary>See <see cref="IEventLog.FollowAsync"/>.</summary>
    public async IAsyncEnumerable<ReadResult> FollowAsync(StreamName stream, ReadFrom from, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var reader = new Reader();
        Add(stream, reader);
        try
        {
            while (true)
            {
                lock (_lock)
                {
                    reader.Begin();
                }

                var result = await read(stream, from, cancellationToken);
                if (result is not ReadResult.Page page)
                {
                    yield return result;
                    yield break;
                }

                from = page.End;
                if (page.Entries.Count > 0)
                {
                    yield return page;
                    continue;
                }

                for (var (at, isBehind) = (page.End, false); !isBehind;)
                {
                    List<LogEntry> entries;
                    lock (_lock)
                    {
                        (entries, isBehind) = reader.Take(ref at);
                    }

                    if (entries.Count > 0)
                    {
                        from = at;
                        yield return new ReadResult.Page(entries, at);
                    }
                    else if (!isBehind)
                    {
                        await reader.WaitAsync(cancellationToken);
                    }
                }
            }
        }
        finally
        {
            Remove(stream, reader);
        }
    }

    private void Each(StreamName stream, Action<Reader> act)
    {
        lock (_lock)
        {
            foreach (var reader in _readers.GetValueOrDefault(stream) ?? [])
            {
                act(reader);
            }
        }
    }

    private void Add(StreamName stream, Reader reader)
    {
        lock (_lock)
        {
            (_readers.TryGetValue(stream, out var readers) ? readers : _readers[stream] = []).Add(reader);
        }
    }

    private void Remove(StreamName stream, Reader reader)
    {
        lock (_lock)
        {
            if (_readers[stream].Remove(reader) && _readers[stream].Count == 0)
            {
                _readers.Remove(stream);
            }
        }
    }

    /// <summary>One reader's position and waiting entries. Used under the lock, but for <see cref="WaitAsync"/>.</summary>
    private sealed class Reader
    {
        private readonly Channel<bool> _changed = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
        private readonly Queue<LogEntry> _entries = new();
        private Position _at;
        private bool _isBehind;

        /// <summary>A page is read next: it has all that was appended before, and what waits from now on follows it.</summary>
        public void Begin()
        {
            _isBehind = false;
            _entries.Clear();
        }

        public void Offer(LogEntry entry)
        {
            if (_entries.Count == Capacity)
            {
                SendBack();
            }
            else if (!_isBehind)
            {
                _entries.Enqueue(entry);
                _changed.Writer.TryWrite(true);
            }
        }

        public void SendBack()
        {
            _isBehind = true;
            _entries.Clear();
            _changed.Writer.TryWrite(true);
        }

        public void Compare(Position head)
        {
            if (_entries.Count == 0 && _at != head)
            {
                SendBack();
            }
        }

        public void GoBack(Position common, Func<Position, bool> isRemembered)
        {
            if (_at.Offset > common.Offset || !isRemembered(_at))
            {
                SendBack();
                return;
            }

            var kept = _entries.TakeWhile(entry => entry.Last.Offset <= common.Offset).ToList();
            _entries.Clear();
            kept.ForEach(_entries.Enqueue);
        }

        /// <summary>Takes what follows; or says that a page is to be read, since there is a gap, another chain, or more than may wait.</summary>
        public (List<LogEntry> Entries, bool IsBehind) Take(ref Position at)
        {
            var page = new List<LogEntry>(_entries.Count);
            while (_entries.TryDequeue(out var entry))
            {
                if (entry.Last.Offset <= at.Offset)
                {
                    continue;
                }

                if (!entry.Follows(at))
                {
                    SendBack();
                    break;
                }

                page.Add(entry);
                at = entry.Last;
            }

            _at = at;
            return (page, _isBehind);
        }

        public async ValueTask WaitAsync(CancellationToken cancellationToken) => await _changed.Reader.ReadAsync(cancellationToken);
    }
}
