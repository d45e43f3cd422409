using System.Collections.Concurrent;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Serverless.Events;

namespace Serverless.Log.Embedded;

/// <summary>An open folder: its lock, the file, the writer and the readers. Thread-safe.</summary>
internal sealed class EmbeddedStore : IAsyncDisposable
{
    private const long DefaultRetentionBytes = 1L << 30;

    /// <summary>Requests that may wait for the writer; callers beyond wait for their place.</summary>
    private const int QueueCapacity = 1024;

    private readonly Channel<WriteRequest> _queue =
        Channel.CreateBounded<WriteRequest>(new BoundedChannelOptions(QueueCapacity) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    private readonly ILogger _logger;
    private readonly EmbeddedFile _file;
    private readonly DirectoryLock _lock;
    private readonly SqliteConnection _connection;
    private readonly WriterStatements _statements;
    private readonly WalCheckpoint _checkpoint;
    private readonly Task _writing;

    private EmbeddedStore(EmbeddedFile file, DirectoryLock held, SqliteConnection connection, LogOptions options, Tail tail, TimeProvider time, ILogger logger)
    {
        (_file, _lock, _connection, _logger) = (file, held, connection, logger);
        _statements = new(connection);
        var opening = new EmbeddedOpening(connection, _statements, options);
        Streams = opening.Load();
        Reads = new(file);
        _checkpoint = new(connection, options.Fsync, time, () => _queue.Writer.TryWrite(new WakeRequest()));
        var room = new DiskRoom(file, new(Path.GetDirectoryName(file.Path)!), _statements, logger);
        var transaction = new EmbeddedTransaction(connection, _statements, Streams, new(options, DefaultRetentionBytes), options.KeyWindow);
        room.TryRegain();
        _writing = WriteAsync(new(_queue.Reader, file, transaction, _checkpoint, room, tail, time, logger));
        EmbeddedEventLog.Log.Opened(logger, file.Path, Streams.Count, options.Fsync);
        if (opening.MayHaveLost)
        {
            EmbeddedEventLog.Log.EpochsBegun(logger, file.Path);
        }
    }

    /// <summary>The streams that are committed.</summary>
    public ConcurrentDictionary<StreamName, EmbeddedStream> Streams { get; }

    public EmbeddedReads Reads { get; }

    public static string FilePath(LogOptions options) => Path.Combine(Path.GetFullPath(options.Path), "serverless.db");

    /// <exception cref="LogOpenException">Names the file and says what to do.</exception>
    public static EmbeddedStore Open(LogOptions options, Tail tail, TimeProvider time, ILogger logger)
    {
        var file = new EmbeddedFile(FilePath(options));
        DirectoryLock? held = null;
        SqliteConnection? connection = null;
        try
        {
            var folder = Directory.CreateDirectory(Path.GetFullPath(options.Path)).FullName;
            held = DirectoryLock.Take(folder);
            connection = Connect(file, time, logger);
            return new(file, held, connection, options, tail, time, logger);
        }
        catch (Exception e)
        {
            connection?.Dispose();
            held?.Dispose();
            throw e switch
            {
                LogOpenException => e,
                SqliteException fault => new LogOpenException($"The log can't be opened: {file.Describe(fault)}", e),
                InvalidDataException or ArgumentException or JsonException or InvalidOperationException or FormatException =>
                    new LogOpenException($"The log can't be opened: {file.Damaged(e.Message)}", e),
                _ => new LogOpenException($"The log can't be opened in {options.Path}: {e.Message} See to Serverless:Log:Path and the rights on it.", e),
            };
        }
    }

    /// <summary>Hands a request to the writer and waits for its commit.</summary>
    public async ValueTask<T> WriteAsync<T>(WriteRequest<T> request, CancellationToken cancellationToken)
    {
        try
        {
            await _queue.Writer.WriteAsync(request, cancellationToken);
        }
        catch (ChannelClosedException e)
        {
            throw new LogUnavailableException(request.Stream, $"{_file.Path} is closed. Nothing was appended.", e);
        }

        return await request.Completion.WaitAsync(cancellationToken);
    }

    /// <summary>Writes what waits, and closes the file.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_queue.Writer.TryComplete())
        {
            return;
        }

        await _writing;
        await Reads.DisposeAsync();
        _checkpoint.Dispose();
        _statements.Dispose();

        // the last connection moves the write-ahead log into the file and deletes it
        await _connection.DisposeAsync();
        _lock.Dispose();
        EmbeddedEventLog.Log.Closed(_logger, _file.Path);
    }

    private static SqliteConnection Connect(EmbeddedFile file, TimeProvider time, ILogger logger)
    {
        var connection = file.Connect();
        try
        {
            EmbeddedFile.Execute(connection, "PRAGMA journal_mode = WAL");
            EmbeddedFile.Execute(connection, "PRAGMA journal_size_limit = 67108864");
            EmbeddedFile.Execute(connection, "PRAGMA cache_size = -16384");
            EmbeddedSchema.Prepare(connection, file);
            if (!EmbeddedSchema.Check(connection, file, time))
            {
                EmbeddedEventLog.Log.CheckEnded(logger, file.Path);
            }

            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private async Task WriteAsync(EmbeddedWriter writer)
    {
        try
        {
            await writer.RunAsync();
        }
        catch (Exception e)
        {
            EmbeddedEventLog.Log.WriterEnded(_logger, _file.Path, e);
            _queue.Writer.TryComplete(e);
            while (_queue.Reader.TryRead(out var request))
            {
                request.Fail(new(request.Stream, $"the writer of {_file.Path} ended: {e.Message}", e));
            }
        }
    }
}
