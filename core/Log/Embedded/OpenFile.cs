using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Serverless.Events;

namespace Serverless.Log.Embedded;

/// <summary>The file, checked and open for its writer, and the streams that it holds.</summary>
internal sealed class OpenFile : IDisposable
{
    private OpenFile(SqliteConnection connection, WriterStatements statements, ConcurrentDictionary<StreamName, EmbeddedStream> streams) =>
        (Connection, Statements, Streams) = (connection, statements, streams);

    public SqliteConnection Connection { get; }

    public WriterStatements Statements { get; }

    public ConcurrentDictionary<StreamName, EmbeddedStream> Streams { get; }

    /// <summary>Opens the file; when the disk is full and there is a reserve, with the room of that.</summary>
    public static OpenFile Open(EmbeddedFile file, DiskReserve reserve, LogOptions options, TimeProvider time, ILogger logger)
    {
        try
        {
            return Open(file, options, time, logger);
        }
        catch (SqliteException e) when (reserve.Exists && reserve.IsMissed(e))
        {
            EmbeddedEventLog.Log.OpenedWithReserve(logger, file.Path, e);
            reserve.GiveUp();
            return Open(file, options, time, logger);
        }
    }

    public void Dispose()
    {
        Statements.Dispose();

        // the last connection moves the write-ahead log into the file and deletes it
        Connection.Dispose();
    }

    private static OpenFile Open(EmbeddedFile file, LogOptions options, TimeProvider time, ILogger logger)
    {
        var connection = file.Connect();
        WriterStatements? statements = null;
        try
        {
            EmbeddedFile.Execute(connection, "PRAGMA journal_mode = WAL");
            EmbeddedFile.Execute(connection, "PRAGMA journal_size_limit = 67108864");
            EmbeddedFile.Execute(connection, "PRAGMA cache_size = -16384");
            EmbeddedFile.Execute(connection, options.Fsync == FsyncMode.Commit ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
            EmbeddedSchema.Prepare(connection, file);
            if (!EmbeddedSchema.Check(connection, file, time))
            {
                EmbeddedEventLog.Log.CheckEnded(logger, file.Path);
            }

            statements = new(connection);
            return new(connection, statements, new EmbeddedOpening(connection, options.KeyWindow).Load());
        }
        catch
        {
            statements?.Dispose();
            connection.Dispose();
            throw;
        }
    }
}
