using System.Collections.Concurrent;
using System.Security.Cryptography;
using Serverless.Events;
using SQLitePCL;

namespace Serverless.Log.Embedded;

/// <summary>
/// One transaction after another over all _streams. After a rollback the streams in memory are as they were, and so is the file. Used by the writer alone.
/// </summary>
internal sealed class EmbeddedTransaction(OpenFile file, Retention retention, TimeSpan keyWindow)
{
    /// <summary>The most entries of a stream, or rows of keys, that one transaction drops: more would need room on a disk that may have none.</summary>
    public const int MaxDropped = 1024;

    private readonly WriterStatements _statements = file.Statements;
    private readonly ConcurrentDictionary<StreamName, EmbeddedStream> _streams = file.Streams;
    private readonly List<EmbeddedStream> _touched = [];
    private readonly Dictionary<StreamName, EmbeddedStream> _begun = [];

    public void Begin() => _statements.Begin.Run();

    /// <summary>The stream, which is begun when it isn't known.</summary>
    public EmbeddedStream Open(StreamName name)
    {
        if (!_streams.TryGetValue(name, out var stream) && !_begun.TryGetValue(name, out stream))
        {
            _begun[name] = stream = BeginStream(name);
        }

        if (!stream.IsTouched)
        {
            stream.IsTouched = true;
            _touched.Add(stream);
        }

        return stream;
    }

    /// <summary>Appends a batch none of whose keys the stream knows.</summary>
    public Position Append(EmbeddedStream stream, EncodedBatch batch, ReadOnlyMemory<byte>? keys)
    {
        var first = stream.Next.Head.Offset + 1;
        var last = stream.Append(batch.Count, batch.Frame.Length, batch.Time);
        _statements.InsertEntry.Bind(1, stream.Id).Bind(2, last.Offset).Bind(3, batch.Count).Bind(4, batch.Time.ToUnixTimeMilliseconds())
            .Bind(5, stream.Total).BindBlob(6, batch.Frame.Span).Run();
        if (keys is { } json)
        {
            _statements.InsertKeys.Bind(1, stream.Id).Bind(2, first).Bind(3, stream.Keys.Now.ToUnixTimeMilliseconds()).BindText(4, json.Span).Run();
            stream.Keys.Add(batch.Keys, first);
        }

        return last;
    }

    /// <summary>Drops the entries up to an offset and those that retention no longer holds at a time, or as many as one transaction may.</summary>
    /// <returns>Whether all of them are gone.</returns>
    public bool Trim(EmbeddedStream stream, long offset, DateTimeOffset now)
    {
        var before = stream.Next.Trimmed;
        var count = 0;
        while (count < MaxDropped && TryPeekOldest(stream, out var oldest) && (oldest.Last <= offset || IsOver(stream, oldest, now)))
        {
            stream.DropOldest();
            count++;
        }

        if (stream.Next.Trimmed > before)
        {
            _statements.DeleteEntries.Bind(1, stream.Id).Bind(2, stream.Next.Trimmed).Run();
            _statements.SetTrimmed.Bind(1, stream.Id).Bind(2, stream.Next.Trimmed).Run();
        }

        return count < MaxDropped;
    }

    /// <summary>Keeps a snapshot, unless a later one is kept.</summary>
    public void Save(EmbeddedStream stream, Snapshot snapshot)
    {
        if (!(stream.NextSnapshot >= snapshot.At.Offset))
        {
            _statements.SaveSnapshot.Bind(1, stream.Id).Bind(2, snapshot.At.Epoch).Bind(3, snapshot.At.Offset).BindBlob(4, snapshot.State.Span).Run();
            stream.NextSnapshot = snapshot.At.Offset;
        }
    }

    /// <returns>What is kept, or null.</returns>
    public Snapshot? ReadSnapshot(EmbeddedStream stream)
    {
        var row = _statements.ReadSnapshot.Bind(1, stream.Id);
        try
        {
            return row.Step() ? new(new(row.Text(0), row.Long(1)), row.Bytes(2).ToArray()) : null;
        }
        finally
        {
            row.Reset();
        }
    }

    /// <summary>Keeps how far a reader has come.</summary>
    public void Save(EmbeddedStream stream, string reader, Position at) =>
        _statements.SaveCheckpoint.Bind(1, stream.Id).Bind(2, reader).Bind(3, at.Epoch).Bind(4, at.Offset).Run();

    /// <returns>What is kept for the reader, or null.</returns>
    public Position? ReadCheckpoint(EmbeddedStream stream, string reader)
    {
        var row = _statements.ReadCheckpoint.Bind(1, stream.Id).Bind(2, reader);
        try
        {
            return row.Step() ? new(row.Text(0), row.Long(1)) : null;
        }
        finally
        {
            row.Reset();
        }
    }

    /// <summary>Drops from all streams what retention no longer holds at a time, or as much as one transaction may.</summary>
    /// <returns>Whether all of it is gone.</returns>
    public bool TrimAll(DateTimeOffset now)
    {
        var finished = true;
        foreach (var name in _streams.Keys)
        {
            finished = finished && Trim(Open(name), 0, now);
        }

        return finished;
    }

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
        var epoch = RandomNumberGenerator.GetHexString(16, lowercase: true);
        _statements.InsertEpoch.Bind(1, id).Bind(2, epoch).Bind(3, 0).Run();
        return new(id, name, new(new(epoch, 0), 0, [new(epoch, 0)]), 0, 0, null, new(keyWindow));
    }

    private bool IsOver(EmbeddedStream stream, OldEntry oldest, DateTimeOffset now) =>
        stream.Name.Topic is null && oldest.Last < stream.Next.Head.Offset &&
        retention.Drops(oldest.Time, now, stream.HeldBytes, stream.Next.Head.Offset - stream.Next.Trimmed, !(oldest.Last > stream.NextSnapshot));

    private bool TryPeekOldest(EmbeddedStream stream, out OldEntry oldest)
    {
        if (stream.Oldest.Count == 0 && stream.Next.Trimmed < stream.Next.Head.Offset)
        {
            var rows = _statements.OldestEntries.Bind(1, stream.Id).Bind(2, stream.Next.Trimmed).Bind(3, 128);
            try
            {
                while (rows.Step())
                {
                    stream.Oldest.Enqueue(new(rows.Long(0), DateTimeOffset.FromUnixTimeMilliseconds(rows.Long(1)), rows.Long(2)));
                }
            }
            finally
            {
                rows.Reset();
            }
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
