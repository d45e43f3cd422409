using Microsoft.Data.Sqlite;

namespace Serverless.Log.Embedded;

/// <summary>The statements of the writer's connection.</summary>
internal sealed class WriterStatements(SqliteConnection connection) : IDisposable
{
    public Statement Begin { get; } = new(connection, "BEGIN IMMEDIATE");

    public Statement Commit { get; } = new(connection, "COMMIT");

    public Statement Rollback { get; } = new(connection, "ROLLBACK");

    /// <summary>1 hub, 2 shard; gives the id.</summary>
    public Statement InsertStream { get; } = new(connection, "INSERT INTO streams (hub, shard) VALUES (?1, ?2) RETURNING id");

    /// <summary>1 stream, 2 last, 3 tag, 4 previous, 5 count, 6 time, 7 total, 8 frame.</summary>
    public Statement InsertEntry { get; } = new(
        connection, "INSERT INTO entries (stream, last, tag, previous, count, time, total, frame) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");

    /// <summary>1 stream, 2 after; gives last, tag, previous, count of the first entry that ends behind it.</summary>
    public Statement NextEntry { get; } = new(
        connection, "SELECT last, tag, previous, count FROM entries WHERE stream = ?1 AND last > ?2 ORDER BY last LIMIT 1");

    /// <summary>1 stream, 2 after, 3 limit; gives last, time, total, oldest first.</summary>
    public Statement OldestEntries { get; } = new(
        connection, "SELECT last, time, total FROM entries WHERE stream = ?1 AND last > ?2 ORDER BY last LIMIT ?3");

    /// <summary>1 stream, 2 last.</summary>
    public Statement DeleteEntries { get; } = new(connection, "DELETE FROM entries WHERE stream = ?1 AND last <= ?2");

    /// <summary>1 stream, 2 first, 3 time, 4 JSON.</summary>
    public Statement InsertKeys { get; } = new(connection, "INSERT INTO keys (stream, first, time, keys) VALUES (?1, ?2, ?3, ?4)");

    /// <summary>1 stream, 2 below, 3 limit.</summary>
    public Statement DeleteKeys { get; } = new(
        connection,
        "DELETE FROM keys WHERE stream = ?1 AND first IN (SELECT first FROM keys WHERE stream = ?1 AND first < ?2 ORDER BY first LIMIT ?3)");

    /// <summary>1 stream, 2 last, 3 tag, 4 state.</summary>
    public Statement SaveSnapshot { get; } = new(connection, "INSERT OR REPLACE INTO snapshots (stream, last, tag, state) VALUES (?1, ?2, ?3, ?4)");

    /// <summary>1 stream; gives last, tag, state.</summary>
    public Statement ReadSnapshot { get; } = new(connection, "SELECT last, tag, state FROM snapshots WHERE stream = ?1");

    /// <summary>1 stream, 2 reader, 3 positions.</summary>
    public Statement SaveCheckpoint { get; } = new(connection, "INSERT OR REPLACE INTO checkpoints (stream, reader, positions) VALUES (?1, ?2, ?3)");

    /// <summary>1 stream, 2 reader; gives positions.</summary>
    public Statement ReadCheckpoint { get; } = new(connection, "SELECT positions FROM checkpoints WHERE stream = ?1 AND reader = ?2");

    /// <summary>Gives the bytes of the file that nothing uses.</summary>
    public Statement FreeBytes { get; } = new(connection, "SELECT freelist_count * page_size FROM pragma_freelist_count, pragma_page_size");

    public void Dispose()
    {
        foreach (var statement in new[]
        {
            Begin, Commit, Rollback, InsertStream, InsertEntry, NextEntry, OldestEntries, DeleteEntries, InsertKeys, DeleteKeys, SaveSnapshot,
            ReadSnapshot, SaveCheckpoint, ReadCheckpoint, FreeBytes,
        })
        {
            statement.Dispose();
        }
    }
}
