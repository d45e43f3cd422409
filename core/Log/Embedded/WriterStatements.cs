using Microsoft.Data.Sqlite;

namespace Serverless.Log.Embedded;

/// <summary>The statements of the writer's connection.</summary>
internal sealed class WriterStatements(SqliteConnection connection) : IDisposable
{
    public Statement Begin { get; } = new(connection, "BEGIN IMMEDIATE");

    public Statement Commit { get; } = new(connection, "COMMIT");

    public Statement Rollback { get; } = new(connection, "ROLLBACK");

    /// <summary>1 hub, 2 shard; gives the id.</summary>
    public Statement InsertStream { get; } = new(connection, "INSERT INTO streams (hub, shard, trimmed) VALUES (?1, ?2, 0) RETURNING id");

    /// <summary>1 stream, 2 epoch, 3 head.</summary>
    public Statement InsertEpoch { get; } = new(
        connection,
        "INSERT INTO epochs (stream, number, epoch, head) " +
        "VALUES (?1, (SELECT coalesce(max(number), 0) + 1 FROM epochs WHERE stream = ?1), ?2, ?3)");

    /// <summary>1 stream, 2 how many are kept.</summary>
    public Statement DeleteEpochs { get; } = new(
        connection, "DELETE FROM epochs WHERE stream = ?1 AND number <= (SELECT max(number) FROM epochs WHERE stream = ?1) - ?2");

    /// <summary>1 stream, 2 last, 3 count, 4 time, 5 total, 6 frame.</summary>
    public Statement InsertEntry { get; } = new(
        connection, "INSERT INTO entries (stream, last, count, time, total, frame) VALUES (?1, ?2, ?3, ?4, ?5, ?6)");

    /// <summary>1 stream, 2 after, 3 limit; gives last, time, total, oldest first.</summary>
    public Statement OldestEntries { get; } = new(
        connection, "SELECT last, time, total FROM entries WHERE stream = ?1 AND last > ?2 ORDER BY last LIMIT ?3");

    /// <summary>1 stream, 2 last.</summary>
    public Statement DeleteEntries { get; } = new(connection, "DELETE FROM entries WHERE stream = ?1 AND last <= ?2");

    /// <summary>1 stream, 2 trimmed.</summary>
    public Statement SetTrimmed { get; } = new(connection, "UPDATE streams SET trimmed = ?2 WHERE id = ?1");

    /// <summary>1 stream, 2 first, 3 time, 4 JSON.</summary>
    public Statement InsertKeys { get; } = new(connection, "INSERT INTO keys (stream, first, time, keys) VALUES (?1, ?2, ?3, ?4)");

    /// <summary>1 stream, 2 below, 3 limit.</summary>
    public Statement DeleteKeys { get; } = new(
        connection,
        "DELETE FROM keys WHERE stream = ?1 AND first IN (SELECT first FROM keys WHERE stream = ?1 AND first < ?2 ORDER BY first LIMIT ?3)");

    /// <summary>1 stream, 2 epoch, 3 last, 4 state.</summary>
    public Statement SaveSnapshot { get; } = new(connection, "INSERT OR REPLACE INTO snapshots (stream, epoch, last, state) VALUES (?1, ?2, ?3, ?4)");

    /// <summary>1 stream; gives epoch, last, state.</summary>
    public Statement ReadSnapshot { get; } = new(connection, "SELECT epoch, last, state FROM snapshots WHERE stream = ?1");

    /// <summary>1 stream, 2 reader, 3 epoch, 4 last.</summary>
    public Statement SaveCheckpoint { get; } = new(connection, "INSERT OR REPLACE INTO checkpoints (stream, reader, epoch, last) VALUES (?1, ?2, ?3, ?4)");

    /// <summary>1 stream, 2 reader; gives epoch, last.</summary>
    public Statement ReadCheckpoint { get; } = new(connection, "SELECT epoch, last FROM checkpoints WHERE stream = ?1 AND reader = ?2");

    /// <summary>1 name, 2 value.</summary>
    public Statement SetMeta { get; } = new(connection, "INSERT INTO meta (name, value) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET value = excluded.value");

    /// <summary>Gives the bytes of the file that nothing uses.</summary>
    public Statement FreeBytes { get; } = new(connection, "SELECT freelist_count * page_size FROM pragma_freelist_count, pragma_page_size");

    public void Dispose()
    {
        foreach (var statement in new[]
        {
            Begin, Commit, Rollback, InsertStream, InsertEpoch, DeleteEpochs, InsertEntry, OldestEntries, DeleteEntries, SetTrimmed, InsertKeys,
            DeleteKeys, SaveSnapshot, ReadSnapshot, SaveCheckpoint, ReadCheckpoint, SetMeta, FreeBytes,
        })
        {
            statement.Dispose();
        }
    }
}
