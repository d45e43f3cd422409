using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Serverless.Log.Embedded;

/// <summary>
/// Moves what was committed from the write-ahead log into the database's file, which also syncs both: after so many pages, and, unless each commit is
/// synced anyway, soon after the last commit. Used by the writer alone, between transactions.
/// </summary>
internal sealed class WalCheckpoint : IDisposable
{
    /// <summary>Pages of the write-ahead log after which they are moved: 4 MiB.</summary>
    private const int DuePages = 1024;

    /// <summary>Pages after which readers have to make way: as long as one is there, the write-ahead log can't begin anew, and grows. 16 MiB.</summary>
    private const int MaxPages = 4096;

    /// <summary>How long is waited for readers of other programs; after that the limit is doubled.</summary>
    private const int WaitForOthersMilliseconds = 100;

    /// <summary>What a power cut may take, in time.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly SqliteConnection _connection;
    private readonly ITimer? _timer;
    private int _pages;
    private int _inLog;
    private int _restartAt = MaxPages;
    private bool _armed;
    private volatile bool _elapsed;

    /// <param name="connection">The writer's.</param>
    /// <param name="fsync">With <see cref="FsyncMode.Interval"/> there is a timer.</param>
    /// <param name="time">Its clock.</param>
    /// <param name="wake">Called on the timer's thread when a checkpoint is due though nothing is written.</param>
    public WalCheckpoint(SqliteConnection connection, FsyncMode fsync, TimeProvider time, Action wake)
    {
        _connection = connection;
        raw.sqlite3_wal_autocheckpoint(connection.Handle!, 0);
        if (fsync == FsyncMode.Interval)
        {
            _timer = time.CreateTimer(
                _ =>
                {
                    _elapsed = true;
                    wake();
                },
                null,
                Timeout.InfiniteTimeSpan,
                Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Whether <see cref="Run"/> has work.</summary>
    public bool IsDue => _pages >= DuePages || _elapsed;

    /// <summary>A transaction was committed.</summary>
    public void Committed()
    {
        raw.sqlite3_db_status(_connection.Handle!, raw.SQLITE_DBSTATUS_CACHE_WRITE, out var written, out _, 1);
        _pages += written;
        if (!_armed)
        {
            _armed = true;
            _timer?.Change(Interval, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Whether <see cref="Restart"/> is due instead.</summary>
    public bool IsRestartDue => _inLog >= _restartAt;

    /// <summary>Moves what readers let it move.</summary>
    public void Run() => Move(raw.SQLITE_CHECKPOINT_PASSIVE);

    /// <summary>Moves all, and lets the write-ahead log begin anew; while this process doesn't read.</summary>
    /// <returns>False when another program read on, and so the write-ahead log grows.</returns>
    public bool Restart()
    {
        var restarted = Move(raw.SQLITE_CHECKPOINT_RESTART);
        (_inLog, _restartAt) = restarted ? (0, MaxPages) : (_inLog, 2 * _inLog);
        return restarted;
    }

    /// <summary>Moves all, and gives the write-ahead log's room back to the disk; while this process doesn't read.</summary>
    public void Truncate() => Move(raw.SQLITE_CHECKPOINT_TRUNCATE);

    public void Dispose() => _timer?.Dispose();

    private bool Move(int mode)
    {
        (_armed, _elapsed) = (false, false);
        var database = _connection.Handle!;
        raw.sqlite3_busy_timeout(database, WaitForOthersMilliseconds);
        var result = raw.sqlite3_wal_checkpoint_v2(database, "main", mode, out _inLog, out var moved);
        raw.sqlite3_busy_timeout(database, EmbeddedFile.BusyTimeoutMilliseconds);
        if (result is not (raw.SQLITE_OK or raw.SQLITE_BUSY))
        {
            SqliteException.ThrowExceptionForRC(result, database);
        }

        // those that readers held back are tried again after as many more
        _pages = Math.Max(0, _inLog - moved);
        return result == raw.SQLITE_OK;
    }
}
