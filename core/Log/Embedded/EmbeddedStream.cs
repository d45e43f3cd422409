using Serverless.Events;

namespace Serverless.Log.Embedded;

/// <summary>
/// One stream in memory: <see cref="Head"/> is what was committed and is anybody's to read; all else belongs to the writer, and is what the open
/// transaction makes of it until that is committed or rolled back.
/// </summary>
internal sealed class EmbeddedStream(long id, StreamName name, StreamHead head, long total, long totalTrimmed, Position? snapshot, StreamKeys keys)
{
    private volatile StreamHead _head = head;
    private (long Total, long Trimmed) _committed = (total, totalTrimmed);
    private (long Total, long Trimmed) _bytes = (total, totalTrimmed);

    private Position? _snapshot = snapshot;

    public long Id => id;

    public StreamName Name => name;

    public StreamKeys Keys => keys;

    /// <summary>The committed state.</summary>
    public StreamHead Head => _head;

    /// <summary>The state after the open transaction.</summary>
    public StreamHead Next { get; private set; } = head;

    /// <summary>The last event in the snapshot that is kept, after the open transaction; null without one.</summary>
    public Position? NextSnapshot { get; set; } = snapshot;

    /// <summary>The bytes of all frames, also of those that are gone.</summary>
    public long Total => _bytes.Total;

    /// <summary>The bytes of the frames that are held.</summary>
    public long HeldBytes => _bytes.Total - _bytes.Trimmed;

    /// <summary>The oldest entries that are held, as far as they were looked up.</summary>
    public Queue<OldEntry> Oldest { get; } = new();

    /// <summary>Whether the open transaction changed it.</summary>
    public bool IsTouched { get; set; }

    /// <summary>The time of the newest batch of the open transaction; null without one.</summary>
    public DateTimeOffset? AppendedAt { get; set; }

    /// <summary>Makes the entry of a batch, behind the head, and moves the head there.</summary>
    public LogEntry Append(EncodedBatch batch)
    {
        var (offset, previous) = Next.Head;
        var entry = new LogEntry(new(offset + batch.Count, Position.NewTag()), previous, batch.Count, batch.Frame);
        Next = Next with { Head = entry.Last };
        _bytes.Total += batch.Frame.Length;
        AppendedAt = batch.Time;
        return entry;
    }

    /// <summary>Takes the first of <see cref="Oldest"/> away.</summary>
    public void DropOldest()
    {
        var dropped = Oldest.Dequeue();
        Next = Next with { Trimmed = dropped.Last };
        _bytes.Trimmed = dropped.Total;
    }

    public void Commit()
    {
        _head = Next;
        _committed = _bytes;
        _snapshot = NextSnapshot;
        keys.Commit();
        End();
    }

    public void Rollback()
    {
        Next = _head;
        _bytes = _committed;
        NextSnapshot = _snapshot;
        Oldest.Clear();
        keys.Rollback(_head.Head.Offset + 1);
        End();
    }

    private void End()
    {
        IsTouched = false;
        AppendedAt = null;
    }
}

/// <summary>What trimming asks of an entry.</summary>
/// <param name="Last">The offset of its last event.</param>
/// <param name="Time">When it was appended.</param>
/// <param name="Total">The bytes of the stream's frames up to this one.</param>
internal readonly record struct OldEntry(long Last, DateTimeOffset Time, long Total);
