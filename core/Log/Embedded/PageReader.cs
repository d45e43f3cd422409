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
    private readonly Statement _head;
    private readonly Statement _entries;

    public PageReader(EmbeddedFile file)
    {
        _file = file;
        _connection = file.Connect();
        _begin = new(_connection, "BEGIN");
        _end = new(_connection, "COMMIT");
        _head = new(
            _connection,
            "SELECT last, tag, (SELECT last - count FROM entries WHERE stream = ?1 ORDER BY last LIMIT 1) FROM entries WHERE stream = ?1 ORDER BY last DESC LIMIT 1");
        _entries = new(_connection, "SELECT last, tag, previous, count, frame FROM entries WHERE stream = ?1 AND last >= ?2 ORDER BY last");
    }

    /// <summary>Reads what follows, and decides whether a position can be gone on from.</summary>
    public ReadResult Read(EmbeddedStream stream, ReadFrom from, int maxBytes)
    {
        var committed = stream.Head.Head.Offset;
        try
        {
            _begin.Run();
            var head = _head.Bind(1, stream.Id).First(row => new StreamHead(row.Position(0), row.Long(2))) ?? StreamHead.None;
            return head.Head.Offset >= committed
                ? Chain.Result(from, Entries(stream, head, Math.Max(from.Offset, head.Trimmed), maxBytes), head)
                : throw Damage(stream, committed, $"events {head.Head.Offset + 1} to {committed} are missing");
        }
        catch (SqliteException e)
        {
            throw new LogUnavailableException(stream.Name, $"what follows {from} can't be read: {_file.Describe(e)}", e);
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
        _head.Dispose();
        _entries.Dispose();
        _connection.Dispose();
    }

    private List<LogEntry> Entries(EmbeddedStream stream, StreamHead head, long after, int maxBytes)
    {
        var page = new List<LogEntry>();
        var bytes = 0;
        _entries.Bind(1, stream.Id).Bind(2, after);
        try
        {
            for (LogEntry? entry = null; bytes < maxBytes && after < head.Head.Offset; after = entry.Last.Offset)
            {
                entry = Next(stream, head, after, entry);
                page.Add(entry);
                bytes += entry.Frame.Length;
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

    /// <summary>The entry behind an offset, and behind the one that ends there, if that is held.</summary>
    private LogEntry Next(EmbeddedStream stream, StreamHead head, long after, LogEntry? before)
    {
        if (!_entries.Step())
        {
            throw Damage(stream, after + 1, $"events {after + 1} to {head.Head.Offset} are missing");
        }

        var entry = new LogEntry(_entries.Position(0), _entries.Tag(2), (int)_entries.Long(3), default);
        if (entry.Last.Offset == after)
        {
            return Next(stream, head, after, entry);
        }

        if (before is null ? entry.FirstOffset > after + 1 : !entry.Follows(before.Last))
        {
            throw Damage(stream, entry.Last.Offset, $"the entry begins at {entry.FirstOffset}, and isn't the one that follows offset {after}");
        }

        var frame = _entries.Bytes(4);
        var error = FrameHeader.TryRead(frame, out var header);
        return error is null && header.Count == entry.Count
            ? entry with { Frame = frame.ToArray() }
            : throw Damage(stream, entry.Last.Offset, error ?? $"its frame holds {header.Count} events, not {entry.Count}");
    }

    private LogUnavailableException Damage(EmbeddedStream stream, long offset, string detail, Exception? inner = null) => new(
        stream.Name,
        $"the entry at offset {offset} can't be read: {_file.Damaged(detail)} Or trim the stream up to it, and go on without it.",
        inner);
}
