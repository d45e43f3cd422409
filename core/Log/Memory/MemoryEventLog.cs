using Microsoft.Extensions.Options;
using Serverless.Events;

namespace Serverless.Log.Memory;

/// <summary>Streams in this process, gone with it. For tests and trials; it holds as many bytes as retention allows.</summary>
internal sealed class MemoryEventLog : IEventLog
{
    private const long DefaultRetentionBytes = 1L << 30;

    private readonly Lock _lock = new();
    private readonly Dictionary<StreamName, StoredStream> _streams = [];
    private readonly Retention _retention;
    private readonly TimeSpan _keyWindow;
    private readonly Tail _tail;

    public MemoryEventLog(IOptions<LogOptions> options)
    {
        _retention = new(options.Value, DefaultRetentionBytes);
        _keyWindow = options.Value.KeyWindow;
        _tail = new((stream, from, stop) => ReadAsync(stream, from, Tail.PageBytes, stop));
    }

    public string Description => "memory: gone when this process ends";

    public ValueTask OpenAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask<AppendResult> AppendAsync(StreamName stream, EncodedBatch batch, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            var stored = Get(stream);
            stored.Keys.Advance(batch.Time);
            var known = stored.Known(batch.Keys);
            if (known.Count > 0)
            {
                return ValueTask.FromResult<AppendResult>(new AppendResult.Duplicate(known));
            }

            var entry = stored.Append(batch);
            if (stream.Topic is null)
            {
                stored.Trim(_retention, batch.Time);
            }

            _tail.Publish(stream, entry);
            return ValueTask.FromResult<AppendResult>(new AppendResult.Appended(entry.Last));
        }
    }

    public ValueTask<ReadResult> ReadAsync(StreamName stream, ReadFrom from, int maxBytes, CancellationToken cancellationToken) => Locked(() =>
        Find(stream) is { } stored ? Chain.Result(from, stored.Read(from.Offset, maxBytes), stored.Head) : Chain.Result(from, [], StreamHead.None));

    public IAsyncEnumerable<ReadResult> FollowAsync(StreamName stream, ReadFrom from, CancellationToken cancellationToken) =>
        _tail.FollowAsync(stream, from, cancellationToken);

    public ValueTask<StreamHead> HeadAsync(StreamName stream, CancellationToken cancellationToken) => Locked(() => Find(stream)?.Head ?? StreamHead.None);

    public ValueTask TrimAsync(StreamName stream, long offset, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            Find(stream)?.TrimTo(offset);
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask<SaveResult> SaveSnapshotAsync(StreamName stream, Snapshot snapshot, CancellationToken cancellationToken) => Locked(() =>
    {
        var stored = Get(stream);
        var result = !stored.IsOnChain(snapshot.At) ? SaveResult.OffChain
            : stored.Snapshot is { } kept && kept.At.Offset >= snapshot.At.Offset && stored.IsOnChain(kept.At) ? SaveResult.Superseded
            : SaveResult.Saved;
        stored.Snapshot = result == SaveResult.Saved ? snapshot with { State = snapshot.State.ToArray() } : stored.Snapshot;
        return result;
    });

    public ValueTask<Snapshot?> ReadSnapshotAsync(StreamName stream, CancellationToken cancellationToken) => Locked(() => Find(stream)?.Snapshot);

    public ValueTask<SaveResult> SaveCheckpointAsync(StreamName stream, string reader, IReadOnlyList<Position> locator, CancellationToken cancellationToken) => Locked(() =>
    {
        var stored = Get(stream);
        if (!stored.IsOnChain(locator[0]))
        {
            return SaveResult.OffChain;
        }

        stored.Checkpoints[reader] = [.. locator];
        return SaveResult.Saved;
    });

    public ValueTask<IReadOnlyList<Position>> ReadCheckpointAsync(StreamName stream, string reader, CancellationToken cancellationToken) =>
        Locked(() => Find(stream)?.Checkpoints.GetValueOrDefault(reader) ?? []);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private ValueTask<T> Locked<T>(Func<T> act)
    {
        lock (_lock)
        {
            return ValueTask.FromResult(act());
        }
    }

    private StoredStream? Find(StreamName stream) => _streams.GetValueOrDefault(stream);

    private StoredStream Get(StreamName stream)
    {
        if (!_streams.TryGetValue(stream, out var stored))
        {
            _streams[stream] = stored = new(new(_keyWindow));
        }

        return stored;
    }

    private sealed class StoredStream(KeyWindow keys)
    {
        private readonly List<(LogEntry Entry, DateTimeOffset Time)> _entries = [];
        private long _bytes;

        public StreamHead Head { get; private set; } = StreamHead.None;

        public KeyWindow Keys { get; } = keys;

        public Snapshot? Snapshot { get; set; }

        public Dictionary<string, IReadOnlyList<Position>> Checkpoints { get; } = [];

        public bool IsOnChain(Position position) => Chain.Judge(position, Read(position.Offset, 1).FirstOrDefault(), Head.Head) is null;

        public List<KnownKey> Known(IReadOnlyList<EventKey> keys)
        {
            var known = new List<KnownKey>();
            foreach (var (index, key) in keys)
            {
                if (Keys.TryGet(key, out var offset))
                {
                    known.Add(new(index, new(offset, offset > Head.Trimmed ? _entries[IndexAfter(offset - 1)].Entry.Last.Tag : 0)));
                }
            }

            return known;
        }

        public LogEntry Append(EncodedBatch batch)
        {
            var (head, first) = (Head.Head, Head.Head.Offset + 1);
            var entry = new LogEntry(new(head.Offset + batch.Count, Position.NewTag()), head.Tag, batch.Count, batch.Frame.ToArray());
            foreach (var (index, key) in batch.Keys)
            {
                Keys.Add(key, first + index);
            }

            _entries.Add((entry, batch.Time));
            _bytes += entry.Frame.Length;
            Head = Head with { Head = entry.Last };
            return entry;
        }

        public List<LogEntry> Read(long after, int maxBytes)
        {
            var page = new List<LogEntry>();
            var bytes = 0;
            for (var i = IndexAfter(after); i < _entries.Count && bytes < maxBytes; i++)
            {
                page.Add(_entries[i].Entry);
                bytes += _entries[i].Entry.Frame.Length;
            }

            return page;
        }

        public void Trim(Retention retention, DateTimeOffset now)
        {
            while (_entries.Count > 1
                && retention.Drops(_entries[0].Time, now, _bytes, Head.Head.Offset - Head.Trimmed, !(_entries[0].Entry.Last.Offset > Snapshot?.At.Offset)))
            {
                TrimTo(_entries[0].Entry.Last.Offset);
            }
        }

        public void TrimTo(long offset)
        {
            var count = 0;
            while (count < _entries.Count - 1 && _entries[count].Entry.Last.Offset <= offset)
            {
                _bytes -= _entries[count].Entry.Frame.Length;
                Head = Head with { Trimmed = _entries[count].Entry.Last.Offset };
                count++;
            }

            _entries.RemoveRange(0, count);
        }

        private int IndexAfter(long offset)
        {
            var (low, high) = (0, _entries.Count);
            while (low < high)
            {
                var middle = (low + high) / 2;
                (low, high) = _entries[middle].Entry.Last.Offset <= offset ? (middle + 1, high) : (low, middle);
            }

            return low;
        }
    }
}
