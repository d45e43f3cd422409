using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Serverless.Log.Embedded;

/// <summary>The database's file: connections to it, and its faults in words.</summary>
internal sealed class EmbeddedFile(string path)
{
    /// <summary>For other programs that look into the file. The log's own writer is alone, so it never waits for itself.</summary>
    public const int BusyTimeoutMilliseconds = 5000;

    private readonly string _connectionString = new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString();

    public string Path => path;

    /// <summary>Opens a connection, which is the caller's.</summary>
    public SqliteConnection Connect()
    {
        var connection = new SqliteConnection(_connectionString);
        connection.Open();
        raw.sqlite3_busy_timeout(connection.Handle!, BusyTimeoutMilliseconds);
        return connection;
    }

    public static void Execute(SqliteConnection connection, string sql)
    {
        using var statement = new Statement(connection, sql);
        statement.Run();
    }

    public static long ReadLong(SqliteConnection connection, string sql)
    {
        using var statement = new Statement(connection, sql);
        return statement.RunForLong() ?? throw new InvalidDataException($"'{sql}' gave no row");
    }

    /// <summary>What a fault of SQLite means, and what to do.</summary>
    public string Describe(SqliteException fault) => fault.SqliteErrorCode switch
    {
        raw.SQLITE_NOTADB or raw.SQLITE_CORRUPT =>
            Damaged(fault.Message),
        raw.SQLITE_FULL =>
            $"the disk of {path} is full: free space there, or lower Serverless:Log:RetentionAge or RetentionBytes.",
        raw.SQLITE_IOERR =>
            $"{path} can't be read or written ({fault.Message}, code {fault.SqliteExtendedErrorCode}): see to the disk and the room on it.",
        raw.SQLITE_BUSY or raw.SQLITE_LOCKED =>
            $"another program holds a lock on {path}: close it, or let it open the file read-only.",
        raw.SQLITE_CANTOPEN or raw.SQLITE_PERM or raw.SQLITE_READONLY or raw.SQLITE_AUTH =>
            $"{path} can't be opened for writing ({fault.Message}): give this user the right to write the folder and the files in it.",
        _ => $"SQLite failed on {path}: {fault.Message} (code {fault.SqliteExtendedErrorCode}).",
    };

    /// <summary>The file holds what the log never wrote.</summary>
    public string Damaged(string detail) =>
        $"{path} is damaged ({detail.TrimEnd('.')}): restore it from a backup, save what is readable with 'sqlite3 {path} .recover', or move it away to " +
        "begin with empty streams.";
}
