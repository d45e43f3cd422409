using Microsoft.Data.Sqlite;
using Serverless.Codec;
using SQLitePCL;

namespace Serverless.Log.Embedded;

/// <summary>
/// Reads pages on a connection of its own, each in one short transaction: a long one would make the write-ahead log grow. Entries are checked before
/// they are handed out; damage ends a page before it, and is the next page's fault. Not thread-safe.
/// </summary>
internal sealed class PageReader : IDisposable
{
    private readonly EmbeddedFile _file;
    private readonly SqliteConnection _connection;
    private readonly Statement _begin;
    private readonly Statement _end;
    private readonly Statement _trimmed;
    private readonly Statement _entries;

    public PageReader(EmbeddedFile file)
    {
        _file = file;
        _connection = file.Connect();
        _begin = new(_connection, "BEGIN");
        _end = new(_connection, "COMMIT");
        _trimmed = new(_connection, "SELECT trimmed FROM streams WHERE id = ?1");
        _entries = new(_connection, "SELECT last, count, frame FROM entries WHERE stream = ?1 AND last > ?2 AND last <= ?3 ORDER BY last");
    }

    /// <summary>Reads what follows a position.</summary>
    /// <param name="stream">Where from.</param>
    /// <param name="head">What was committed, and has been judged; the file may be ahead of it by now.</param>
    /// <param name="after">A position that is judged good.</param>
    /// <param name="maxBytes">Ends the page with the entry that passes it.</param>
    public ReadResult Read(EmbeddedStream stream, StreamHead head, Position after, int maxBytes)
    {
        try
        {
            _begin.Run();
            var trimmed = _trimmed.Bind(1, stream.Id).RunForLong() ?? throw Damage(stream, after.Offset, "the stream is gone");
            if (after != Position.Start && after.Offset < trimmed)
            {
                return new ReadResult.Reset(ResetReason.Trimmed, head with { Trimmed = trimmed });
            }

            return new ReadResult.Page(Entries(stream, head, Math.Max(after.Offset, trimmed), maxBytes));
        }
        catch (SqliteException e)
        {
            throw new LogUnavailableException(stream.Name, $"what follows offset {after.Offset} can't be read: {_file.Describe(e)}", e);
        }
    }

    /// <summary>Ends the transaction of a read that gave a result.</summary>
    /// <returns>Whether the reader may be used again.</returns>
    public bool TryEnd()
    {
        try
        {
            _end.Run();
            return true;
        }
        catch (SqliteException e) when (e.SqliteErrorCode is raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB or raw.SQLITE_IOERR)
        {
            // the page ended before the damage; the next one tells of it
            return false;
        }
    }

    public void Dispose()
    {
        _begin.Dispose();
        _end.Dispose();
        _trimmed.Dispose();
        _entries.Dispose();
        _connection.Dispose();
    }

    private List<LogEntry> Entries(EmbeddedStream stream, StreamHead head, long after, int maxBytes)
    {
        var page = new List<LogEntry>();
        var bytes = 0;
        _entries.Bind(1, stream.Id).Bind(2, after).Bind(3, head.Head.Offset);
        try
        {
            while (bytes < maxBytes && after < head.Head.Offset)
            {
                var entry = Next(stream, head, after, page.Count > 0);
                page.Add(entry);
                bytes += entry.Frame.Length;
                after = entry.Last.Offset;
            }
        }
        catch (Exception e) when (page.Count > 0 && e is LogUnavailableException or SqliteException)
        {
            return page;
        }
        finally
        {
            _entries.Reset();
        }

        return page;
    }

    private LogEntry Next(EmbeddedStream stream, StreamHead head, long after, bool follows)
    {
        if (!_entries.Step())
        {
            throw Damage(stream, after + 1, $"events {after + 1} to {head.Head.Offset} are missing");
        }

        var (last, count) = (_entries.Long(0), (int)_entries.Long(1));
        var first = last - count + 1;
        if (follows ? first != after + 1 : first > after + 1)
        {
            throw Damage(stream, last, $"the entry begins at {first} and the one before it ends at {after}");
        }

        var frame = _entries.Bytes(2);
        var error = FrameHeader.TryRead(frame, out var header);
        if (error is not null || header.Count != count)
        {
            throw Damage(stream, last, error ?? $"its frame holds {header.Count} events, not {count}");
        }

        return new(new(head.EpochOf(last), last), count, frame.ToArray());
    }

    private LogUnavailableException Damage(EmbeddedStream stream, long offset, string detail, Exception? inner = null) => new(
        stream.Name,
        $"the entry at offset {offset} can't be read: {_file.Damaged(detail)} Or trim the stream up to it, and go on without it.",
        inner);
}
