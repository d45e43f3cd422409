using Serverless.Events;
using Serverless.Log;

namespace Serverless.Tests.Core;

/// <summary>A log of one process by the real rule, whose streams can lose their tail as a crash takes it. Snapshots and checkpoints outlive that.</summary>
internal sealed class LossyLog : IEventLog
{
    private readonly Lock _lock = new();
    private readonly Dictionary<StreamName, Stored> _streams = [];
    private readonly Tail _tail;

    public LossyLog() => _tail = new((stream, from, stop) => ReadAsync(stream, from, Tail.PageBytes, stop));

    public string Description => "lossy";

    /// <summary>Whether those who follow are told of what is appended.</summary>
    public bool IsTold { get; set; } = true;

    /// <summary>Takes the entries that end behind an event. Those who follow learn of it when <see cref="Learn"/> is called, or by what is appended.</summary>
    public void Lose(StreamName stream, long after)
    {
        lock (_lock)
        {
            var stored = _streams[stream];
            stored.Entries.RemoveAll(entry => entry.Last.Offset > after);
            foreach (var (key, _) in stored.Keys.Where(known => known.Value.Offset > stored.Head.Head.Offset).ToList())
            {
                stored.Keys.Remove(key);
            }
        }
    }

    /// <summary>All idempotency keys are older than their window.</summary>
    public void ForgetKeys()
    {
        lock (_lock)
        {
            foreach (var stored in _streams.Values)
            {
                stored.Keys.Clear();
            }
        }
    }

    /// <summary>Has a checkpoint, as it was kept before a loss.</summary>
    public void Keep(StreamName stream, string reader, IReadOnlyList<Position> locator)
    {
        lock (_lock)
        {
            Get(stream).Checkpoints[reader] = locator;
        }
    }

    /// <summary>Those who follow have their positions verified.</summary>
    public void Learn(StreamName stream) => _tail.Recheck(stream);

    public ValueTask OpenAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask<AppendResult> AppendAsync(StreamName stream, EncodedBatch batch, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            var stored = Get(stream);
            var known = batch.Keys.Where(key => stored.Keys.ContainsKey(key.Key)).Select(key => new KnownKey(key.Index, stored.Keys[key.Key])).ToList();
            if (known.Count > 0)
            {
                return ValueTask.FromResult<AppendResult>(new AppendResult.Duplicate(known));
            }

            var head = stored.Head.Head;
            var entry = new LogEntry(new(head.Offset + batch.Count, Position.NewTag()), head.Tag, batch.Count, batch.Frame.ToArray());
            stored.Entries.Add(entry);
            foreach (var (index, key) in batch.Keys)
            {
                stored.Keys[key] = entry.Last with { Offset = entry.FirstOffset + index };
            }

            if (IsTold)
            {
                _tail.Publish(stream, entry);
            }

            return ValueTask.FromResult<AppendResult>(new AppendResult.Appended(entry.Last));
        }
    }

    public ValueTask<ReadResult> ReadAsync(StreamName stream, ReadFrom from, int maxBytes, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            var stored = Get(stream);
            return ValueTask.FromResult(Chain.Result(from, [.. stored.Entries.Where(entry => entry.Last.Offset > from.Offset)], stored.Head));
        }
    }

    public IAsyncEnumerable<ReadResult> FollowAsync(StreamName stream, ReadFrom from, CancellationToken cancellationToken) =>
        _tail.FollowAsync(stream, from, cancellationToken);

    public ValueTask<StreamHead> HeadAsync(StreamName stream, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return ValueTask.FromResult(Get(stream).Head);
        }
    }

    public ValueTask TrimAsync(StreamName stream, long offset, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            var entries = Get(stream).Entries;
            entries.RemoveAll(entry => entry.Last.Offset <= offset && entry != entries[^1]);
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask<SaveResult> SaveSnapshotAsync(StreamName stream, Snapshot snapshot, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return Save(stream, snapshot.At, stored => stored.Snapshot = snapshot);
        }
    }

    public ValueTask<Snapshot?> ReadSnapshotAsync(StreamName stream, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return ValueTask.FromResult(Get(stream).Snapshot);
        }
    }

    public ValueTask<SaveResult> SaveCheckpointAsync(StreamName stream, string reader, IReadOnlyList<Position> locator, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return Save(stream, locator[0], stored => stored.Checkpoints[reader] = locator);
        }
    }

    public ValueTask<IReadOnlyList<Position>> ReadCheckpointAsync(StreamName stream, string reader, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return ValueTask.FromResult(Get(stream).Checkpoints.GetValueOrDefault(reader) ?? []);
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private ValueTask<SaveResult> Save(StreamName stream, Position at, Action<Stored> keep)
    {
        var stored = Get(stream);
        if (Chain.Judge(at, stored.Entries.Find(entry => entry.Last.Offset > at.Offset), stored.Head.Head) is not null)
        {
            return ValueTask.FromResult(SaveResult.OffChain);
        }

        keep(stored);
        return ValueTask.FromResult(SaveResult.Saved);
    }

    private Stored Get(StreamName stream) => _streams.TryGetValue(stream, out var stored) ? stored : _streams[stream] = new();

    private sealed class Stored
    {
        public List<LogEntry> Entries { get; } = [];

        public Dictionary<string, Position> Keys { get; } = [];

        public Snapshot? Snapshot { get; set; }

        public Dictionary<string, IReadOnlyList<Position>> Checkpoints { get; } = [];

        public StreamHead Head => Entries.Count == 0 ? StreamHead.None : new(Entries[^1].Last, Entries[0].FirstOffset - 1);
    }
}
