using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;
using Serverless.Events;

namespace Serverless.Log.Embedded;

/// <summary>Brings the streams of a file into memory, and changes nothing: whether a run before has lost something is decided by the position of each reader.</summary>
internal sealed class EmbeddedOpening(SqliteConnection connection, TimeSpan keyWindow)
{
    /// <summary>Loads all streams.</summary>
    public ConcurrentDictionary<StreamName, EmbeddedStream> Load()
    {
        var streams = new ConcurrentDictionary<StreamName, EmbeddedStream>();
        using var rows = new Statement(connection, "SELECT id, hub, shard FROM streams");
        rows.Run(row =>
        {
            var name = EmbeddedSchema.StreamOf(row.Text(1), (int)row.Long(2));
            streams[name] = Load(row.Long(0), name);
        });
        return streams;
    }

    private EmbeddedStream Load(long id, StreamName name)
    {
        using var oldest = new Statement(
            connection, "SELECT last - count, previous, total - length(frame) FROM entries WHERE stream = ?1 ORDER BY last LIMIT 1");
        using var newest = new Statement(connection, "SELECT last, tag, time, total FROM entries WHERE stream = ?1 ORDER BY last DESC LIMIT 1");
        using var snapshot = new Statement(connection, "SELECT last, tag FROM snapshots WHERE stream = ?1");
        var keys = ReadKeys(id);
        var at = snapshot.Bind(1, id).First<Position?>(row => row.Position(0));
        if (!oldest.Bind(1, id).Step() || !newest.Bind(1, id).Step())
        {
            return new(id, name, StreamHead.None, 0, 0, at, keys);
        }

        var (head, trimmed, previous) = (newest.Position(0), oldest.Long(0), oldest.Tag(1));
        if (trimmed < 0 || trimmed >= head.Offset || (trimmed == 0) != (previous == 0) || head.Tag == 0)
        {
            throw new InvalidDataException($"stream {name} holds offsets {trimmed + 1} to {head.Offset}, which its entries contradict");
        }

        keys.Advance(DateTimeOffset.FromUnixTimeMilliseconds(newest.Long(2)), head.Offset + 1);
        return new(id, name, new(head, trimmed), newest.Long(3), oldest.Long(2), at, keys);
    }

    private StreamKeys ReadKeys(long id)
    {
        var keys = new StreamKeys(keyWindow);
        using var rows = new Statement(connection, "SELECT first, time, keys FROM keys WHERE stream = ?1 ORDER BY first");
        rows.Bind(1, id).Run(row => keys.Load(row.Long(0), DateTimeOffset.FromUnixTimeMilliseconds(row.Long(1)), row.Bytes(2)));
        return keys;
    }
}
