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

    /// <summary>Pages after which it is waited for readers, so that the file doesn't grow without bound: 128 MiB.</summary>
    private const int MaxPages = 32 * 1024;

    /// <summary>What a power cut may take, in time.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly SqliteConnection _connection;
    private readonly ITimer? _timer;
    private int _pages;
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

    /// <summary>Moves what readers let it move.</summary>
    public void Run() => Move(_pages >= MaxPages ? raw.SQLITE_CHECKPOINT_RESTART : raw.SQLITE_CHECKPOINT_PASSIVE);

    /// <summary>Moves all and gives the write-ahead log's room back to the disk, once no reader needs it.</summary>
    public void Truncate() => Move(raw.SQLITE_CHECKPOINT_TRUNCATE);

    public void Dispose() => _timer?.Dispose();

    private void Move(int mode)
    {
        (_armed, _elapsed) = (false, false);
        var result = raw.sqlite3_wal_checkpoint_v2(_connection.Handle!, "main", mode, out var inLog, out var moved);
        if (result is not (raw.SQLITE_OK or raw.SQLITE_BUSY))
        {
            SqliteException.ThrowExceptionForRC(result, _connection.Handle);
        }

        // those that readers held back are tried again after as many more
        _pages = inLog > moved ? inLog - moved : 0;
    }
}
