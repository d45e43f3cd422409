using Microsoft.Data.Sqlite;
using Serverless.Events;
using SQLitePCL;

namespace Serverless.Log.Embedded;

/// <summary>
/// The tables, and whether a file holds them unharmed. A stream's head is its newest entry, which is never dropped; what is trimmed ends before its oldest. <c>total</c> is
/// the bytes of all frames of the stream up to this one, so that what is held is a difference. A tag is an integer with the same bits.
/// </summary>
internal static class EmbeddedSchema
{
    /// <summary>Kept in <c>PRAGMA user_version</c>.</summary>
    public const long Version = 2;

    /// <summary>How long the check at opening may take; on a large file it sees a part.</summary>
    private static readonly TimeSpan CheckTime = TimeSpan.FromSeconds(2);

    /// <summary>"SvLs", kept in <c>PRAGMA application_id</c>.</summary>
    private const long ApplicationId = 0x53764C73;

    private static readonly string[] Tables =
    [
        "CREATE TABLE streams (id INTEGER PRIMARY KEY, hub TEXT NOT NULL, shard INTEGER NOT NULL, UNIQUE (hub, shard))",
        "CREATE TABLE entries (stream INTEGER NOT NULL, last INTEGER NOT NULL, tag INTEGER NOT NULL, previous INTEGER NOT NULL, count INTEGER NOT NULL, " +
            "time INTEGER NOT NULL, total INTEGER NOT NULL, frame BLOB NOT NULL, PRIMARY KEY (stream, last)) WITHOUT ROWID",
        "CREATE TABLE keys (stream INTEGER NOT NULL, first INTEGER NOT NULL, time INTEGER NOT NULL, keys TEXT NOT NULL, " +
            "PRIMARY KEY (stream, first)) WITHOUT ROWID",
        "CREATE TABLE snapshots (stream INTEGER PRIMARY KEY, last INTEGER NOT NULL, tag INTEGER NOT NULL, state BLOB NOT NULL)",
        "CREATE TABLE checkpoints (stream INTEGER NOT NULL, reader TEXT NOT NULL, positions TEXT NOT NULL, PRIMARY KEY (stream, reader)) WITHOUT ROWID",
    ];

    /// <summary>What stands in the column <c>hub</c>: the hub, and behind a slash, which no hub has, the topic.</summary>
    public static string HubColumn(StreamName stream) => stream.Topic is null ? stream.Hub : $"{stream.Hub}/{stream.Topic}";

    /// <summary>The stream of a row.</summary>
    public static StreamName StreamOf(string hub, int shard) =>
        hub.Split('/', 2) is [var name, var topic] ? new StreamName(name, shard).Beside(topic) : new(hub, shard);

    /// <summary>Makes the tables in a new file, or sees that an old one has them.</summary>
    /// <exception cref="LogOpenException">The file is another program's, another version's, or damaged.</exception>
    public static void Prepare(SqliteConnection connection, EmbeddedFile file)
    {
        var version = EmbeddedFile.ReadLong(connection, "PRAGMA user_version");
        var application = EmbeddedFile.ReadLong(connection, "PRAGMA application_id");
        if (version == 0 && application == 0 && EmbeddedFile.ReadLong(connection, "SELECT count(*) FROM sqlite_schema") == 0)
        {
            Create(connection);
        }
        else if (version != Version || application != ApplicationId)
        {
            throw new LogOpenException(
                application != ApplicationId || version == 0 ? $"{file.Path} is no log of this program: move it away, or set Serverless:Log:Path to another folder."
                : version > Version ? $"{file.Path} has schema version {version}, this program knows {Version}: a newer one wrote it; run that one."
                : $"{file.Path} was written by an earlier pre-release, whose entries don't name their predecessors: set Serverless:Log:Path to another folder, or move the file away, "
                    + "to begin with empty streams.");
        }
    }

    /// <summary>Looks for damage in the file's structure, for a limited time. What the frames hold is checked when they are read.</summary>
    /// <returns>Whether all of it was checked.</returns>
    /// <exception cref="LogOpenException">The file is damaged.</exception>
    public static bool Check(SqliteConnection connection, EmbeddedFile file, TimeProvider time)
    {
        var began = time.GetTimestamp();
        var database = connection.Handle!;
        raw.sqlite3_progress_handler(database, 1000, _ => time.GetElapsedTime(began) > CheckTime ? 1 : 0, null);
        try
        {
            using var check = new Statement(connection, "PRAGMA quick_check(1)");
            check.Step();
            var found = check.Text(0);
            check.Reset();
            return found == "ok" ? true : throw new LogOpenException(file.Damaged(found));
        }
        catch (SqliteException e) when (e.SqliteErrorCode == raw.SQLITE_INTERRUPT)
        {
            return false;
        }
        finally
        {
            raw.sqlite3_progress_handler(database, 0, null, null);
        }
    }

    private static void Create(SqliteConnection connection)
    {
        EmbeddedFile.Execute(connection, "BEGIN IMMEDIATE");
        foreach (var table in Tables)
        {
            EmbeddedFile.Execute(connection, table);
        }

        EmbeddedFile.Execute(connection, $"PRAGMA application_id = {ApplicationId}");
        EmbeddedFile.Execute(connection, $"PRAGMA user_version = {Version}");
        EmbeddedFile.Execute(connection, "COMMIT");
    }
}
