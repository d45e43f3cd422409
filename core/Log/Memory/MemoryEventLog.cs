using System.Security.Cryptography;
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
        _tail = new((stream, after, stop) => ReadAsync(stream, after, Tail.PageBytes, stop));
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

    public ValueTask<ReadResult> ReadAsync(StreamName stream, Position after, int maxBytes, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            var stored = Get(stream);
            return ValueTask.FromResult<ReadResult>(stored.Head.Judge(after) is { } reason
                ? new ReadResult.Reset(reason, stored.Head)
                : new ReadResult.Page(stored.Read(after.Offset, maxBytes)));
        }
    }

    public IAsyncEnumerable<ReadResult> FollowAsync(StreamName stream, Position after, CancellationToken cancellationToken) =>
        _tail.FollowAsync(stream, after, cancellationToken);

    public ValueTask<StreamHead> HeadAsync(StreamName stream, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return ValueTask.FromResult(Get(stream).Head);
        }
    }

    public ValueTask<StreamHead?> FindHeadAsync(StreamName stream, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return ValueTask.FromResult(_streams.GetValueOrDefault(stream)?.Head);
        }
    }

    public ValueTask TrimAsync(StreamName stream, long offset, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            Get(stream).TrimTo(offset);
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask SaveSnapshotAsync(StreamName stream, Snapshot snapshot, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            var stored = Get(stream);
            if (stored.Snapshot is not { } kept || kept.At.Offset < snapshot.At.Offset)
            {
                stored.Snapshot = snapshot with { State = snapshot.State.ToArray() };
            }
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask<Snapshot?> ReadSnapshotAsync(StreamName stream, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return ValueTask.FromResult(_streams.GetValueOrDefault(stream)?.Snapshot);
        }
    }

    public ValueTask SaveCheckpointAsync(StreamName stream, string reader, Position at, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            Get(stream).Checkpoints[reader] = at;
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask<Position?> ReadCheckpointAsync(StreamName stream, string reader, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return ValueTask.FromResult<Position?>(_streams.TryGetValue(stream, out var stored) && stored.Checkpoints.TryGetValue(reader, out var at) ? at : null);
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private StoredStream Get(StreamName stream)
    {
        if (!_streams.TryGetValue(stream, out var stored))
        {
            _streams[stream] = stored = new(RandomNumberGenerator.GetHexString(16, lowercase: true), new(_keyWindow));
        }

        return stored;
    }

    private sealed class StoredStream(string epoch, KeyWindow keys)
    {
        private readonly List<(LogEntry Entry, DateTimeOffset Time)> _entries = [];
        private long _bytes;

        public StreamHead Head { get; private set; } = new(new(epoch, 0), 0, [new(epoch, 0)]);

        public KeyWindow Keys { get; } = keys;

        public Snapshot? Snapshot { get; set; }

        public Dictionary<string, Position> Checkpoints { get; } = [];

        public List<KnownKey> Known(IReadOnlyList<EventKey> keys)
        {
            var known = new List<KnownKey>();
            foreach (var (index, key) in keys)
            {
                if (Keys.TryGet(key, out var offset))
                {
                    known.Add(new(index, new(epoch, offset)));
                }
            }

            return known;
        }

        public LogEntry Append(EncodedBatch batch)
        {
            var first = Head.Head.Offset + 1;
            var entry = new LogEntry(new(epoch, first + batch.Count - 1), batch.Count, batch.Frame.ToArray());
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
            while (count < _entries.Count && _entries[count].Entry.Last.Offset <= offset)
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
