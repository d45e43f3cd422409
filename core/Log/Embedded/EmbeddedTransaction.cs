using System.Collections.Concurrent;
using Serverless.Events;
using SQLitePCL;

namespace Serverless.Log.Embedded;

/// <summary>One transaction after another over all streams. After a rollback the streams in memory are as they were, and so is the file. Used by the writer alone.</summary>
internal sealed class EmbeddedTransaction(OpenFile file, Retention retention, TimeSpan keyWindow)
{
    /// <summary>The most entries of a stream, or rows of keys, that one transaction drops: more would need room on a disk that may have none.</summary>
    public const int MaxDropped = 1024;

    private readonly WriterStatements _statements = file.Statements;
    private readonly ConcurrentDictionary<StreamName, EmbeddedStream> _streams = file.Streams;
    private readonly List<EmbeddedStream> _touched = [];
    private readonly Dictionary<StreamName, EmbeddedStream> _begun = [];

    public void Begin() => _statements.Begin.Run();

    /// <summary>The stream, or null when it wasn't begun.</summary>
    public EmbeddedStream? Find(StreamName name) =>
        _streams.TryGetValue(name, out var stream) || _begun.TryGetValue(name, out stream) ? Touch(stream) : null;

    /// <summary>The stream, which is begun when it isn't known.</summary>
    public EmbeddedStream Open(StreamName name) => Find(name) ?? Touch(_begun[name] = BeginStream(name));

    /// <summary>Those of a batch's keys that the stream has.</summary>
    public List<KnownKey> Known(EmbeddedStream stream, IReadOnlyList<EventKey> keys)
    {
        var known = new List<KnownKey>();
        foreach (var (index, key) in keys)
        {
            if (stream.Keys.TryGet(key, out var offset))
            {
                known.Add(new(index, new(offset, Next(stream, offset - 1) is { } entry && entry.FirstOffset <= offset ? entry.Last.Tag : 0)));
            }
        }

        return known;
    }

    /// <summary>Appends a batch none of whose keys the stream knows.</summary>
    public LogEntry Append(EmbeddedStream stream, EncodedBatch batch, ReadOnlyMemory<byte>? keys)
    {
        var entry = stream.Append(batch);
        _statements.InsertEntry.Bind(1, stream.Id).Bind(2, entry.Last).BindTag(4, entry.Previous).Bind(5, entry.Count)
            .Bind(6, batch.Time.ToUnixTimeMilliseconds()).Bind(7, stream.Total).BindBlob(8, entry.Frame.Span).Run();
        if (keys is { } json)
        {
            _statements.InsertKeys.Bind(1, stream.Id).Bind(2, entry.FirstOffset).Bind(3, stream.Keys.Now.ToUnixTimeMilliseconds()).BindText(4, json.Span).Run();
            stream.Keys.Add(batch.Keys, entry.FirstOffset);
        }

        return entry;
    }

    /// <summary>Drops the entries up to an offset, and those that retention no longer holds at a time, if there is one; but never the newest, and no more than one transaction
    /// may.</summary>
    /// <returns>Whether all of them are gone.</returns>
    public bool Trim(EmbeddedStream stream, long offset, DateTimeOffset? now)
    {
        var count = 0;
        for (; count < MaxDropped && TryPeekOldest(stream, out var oldest) && oldest.Last < stream.Next.Head.Offset; count++)
        {
            if (oldest.Last > offset && !(now is { } time && IsOver(stream, oldest, time)))
            {
                break;
            }

            stream.DropOldest();
        }

        if (count > 0)
        {
            _statements.DeleteEntries.Bind(1, stream.Id).Bind(2, stream.Next.Trimmed).Run();
        }

        return count < MaxDropped;
    }

    /// <summary>Keeps a snapshot that the stream can be gone on from, unless a later such one is kept.</summary>
    public SaveResult Save(StreamName name, Snapshot snapshot)
    {
        if (!IsOnChain(Find(name), snapshot.At))
        {
            return SaveResult.OffChain;
        }

        var stream = Open(name);
        if (stream.NextSnapshot is { } kept && kept.Offset >= snapshot.At.Offset && IsOnChain(stream, kept))
        {
            return SaveResult.Superseded;
        }

        _statements.SaveSnapshot.Bind(1, stream.Id).Bind(2, snapshot.At).BindBlob(4, snapshot.State.Span).Run();
        stream.NextSnapshot = snapshot.At;
        return SaveResult.Saved;
    }

    /// <returns>What is kept, or null.</returns>
    public Snapshot? ReadSnapshot(StreamName name) =>
        Find(name) is { } stream ? _statements.ReadSnapshot.Bind(1, stream.Id).First(row => new Snapshot(row.Position(0), row.Bytes(2).ToArray())) : null;

    /// <summary>Keeps the positions of a reader whose newest the stream can be gone on from.</summary>
    public SaveResult Save(StreamName name, string reader, Position newest, string positions)
    {
        if (!IsOnChain(Find(name), newest))
        {
            return SaveResult.OffChain;
        }

        _statements.SaveCheckpoint.Bind(1, Open(name).Id).Bind(2, reader).Bind(3, positions).Run();
        return SaveResult.Saved;
    }

    /// <returns>What is kept for the reader.</returns>
    public IReadOnlyList<Position> ReadCheckpoint(StreamName name, string reader) =>
        Find(name) is { } stream ? Position.ParseAll(_statements.ReadCheckpoint.Bind(1, stream.Id).Bind(2, reader).First(row => row.Text(0)) ?? "") : [];

    /// <summary>Drops from all streams what retention no longer holds at a time, or as much as one transaction may.</summary>
    /// <returns>Whether all of it is gone.</returns>
    public bool TrimAll(DateTimeOffset now) => _streams.Keys.All(name => Trim(Open(name), 0, now));

    public void Commit()
    {
        foreach (var stream in _touched)
        {
            if (stream.AppendedAt is { } time)
            {
                Trim(stream, 0, time);
                ForgetKeys(stream);
            }
        }

        _statements.Commit.Run();
        foreach (var stream in _touched)
        {
            stream.Commit();
        }

        foreach (var stream in _begun.Values)
        {
            _streams[stream.Name] = stream;
        }

        End();
    }

    public void Rollback()
    {
        foreach (var stream in _touched)
        {
            stream.Rollback();
        }

        End();

        // SQLite may have rolled back by itself
        if (raw.sqlite3_get_autocommit(file.Connection.Handle!) == 0)
        {
            _statements.Rollback.Run();
        }
    }

    private EmbeddedStream BeginStream(StreamName name)
    {
        var id = _statements.InsertStream.Bind(1, EmbeddedSchema.HubColumn(name)).Bind(2, name.Shard).RunForLong()
            ?? throw new InvalidDataException($"stream {name} got no id");
        return new(id, name, StreamHead.None, 0, 0, null, new(keyWindow));
    }

    private EmbeddedStream Touch(EmbeddedStream stream)
    {
        if (!stream.IsTouched)
        {
            stream.IsTouched = true;
            _touched.Add(stream);
        }

        return stream;
    }

    private bool IsOnChain(EmbeddedStream? stream, Position position) =>
        Chain.Judge(position, stream is null ? null : Next(stream, position.Offset), stream?.Next.Head ?? Position.Zero) is null;

    /// <returns>The first entry that ends behind an offset, without its frame; null when there is none.</returns>
    private LogEntry? Next(EmbeddedStream stream, long after) =>
        _statements.NextEntry.Bind(1, stream.Id).Bind(2, after).First(row => new LogEntry(row.Position(0), row.Tag(2), (int)row.Long(3), default));

    private bool IsOver(EmbeddedStream stream, OldEntry oldest, DateTimeOffset now) =>
        stream.Name.Topic is null &&
        retention.Drops(oldest.Time, now, stream.HeldBytes, stream.Next.Head.Offset - stream.Next.Trimmed, !(oldest.Last > stream.NextSnapshot?.Offset));

    private bool TryPeekOldest(EmbeddedStream stream, out OldEntry oldest)
    {
        if (stream.Oldest.Count == 0 && stream.Next.Trimmed < stream.Next.Head.Offset)
        {
            _statements.OldestEntries.Bind(1, stream.Id).Bind(2, stream.Next.Trimmed).Bind(3, 128)
                .Run(row => stream.Oldest.Enqueue(new(row.Long(0), DateTimeOffset.FromUnixTimeMilliseconds(row.Long(1)), row.Long(2))));
        }

        return stream.Oldest.TryPeek(out oldest);
    }

    private void ForgetKeys(EmbeddedStream stream)
    {
        if (stream.Keys.HasForgottenRows &&
            _statements.DeleteKeys.Bind(1, stream.Id).Bind(2, stream.Keys.ForgottenBelow).Bind(3, MaxDropped).Run() < MaxDropped)
        {
            stream.Keys.Deleted();
        }
    }

    private void End()
    {
        _touched.Clear();
        _begun.Clear();
    }
}
