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
    private readonly OpenFile _open;
    private readonly WalCheckpoint _checkpoint;
    private readonly Task _writing;

    private EmbeddedStore(EmbeddedFile file, DirectoryLock held, DiskReserve reserve, LogOptions options, Tail tail, TimeProvider time, ILogger logger)
    {
        (_file, _lock, _logger) = (file, held, logger);
        _open = OpenFile.Open(file, reserve, options, time, logger);
        Reads = new(file);
        _checkpoint = new(_open.Connection, options.Fsync, time, () => _queue.Writer.TryWrite(new WakeRequest()));
        var room = new DiskRoom(file, reserve, _open.Statements, logger);
        room.TryRegain();
        var transaction = new EmbeddedTransaction(_open, new(options, DefaultRetentionBytes), options.KeyWindow);
        _writing = WriteAsync(new(_queue.Reader, file, transaction, _checkpoint, room, Reads, tail, time, logger));
        EmbeddedEventLog.Log.Opened(logger, file.Path, Streams.Count, options.Fsync);
    }

    /// <summary>The streams that are committed.</summary>
    public ConcurrentDictionary<StreamName, EmbeddedStream> Streams => _open.Streams;

    public EmbeddedReads Reads { get; }

    public static string FilePath(LogOptions options) => Path.Combine(Path.GetFullPath(options.Path), "serverless.db");

    /// <exception cref="LogOpenException">Names the file and says what to do.</exception>
    public static EmbeddedStore Open(LogOptions options, Tail tail, TimeProvider time, ILogger logger)
    {
        var file = new EmbeddedFile(FilePath(options));
        DirectoryLock? held = null;
        try
        {
            var folder = Directory.CreateDirectory(Path.GetFullPath(options.Path)).FullName;
            held = DirectoryLock.Take(folder);
            return new(file, held, new(folder), options, tail, time, logger);
        }
        catch (Exception e)
        {
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
        _open.Dispose();
        _lock.Dispose();
        EmbeddedEventLog.Log.Closed(_logger, _file.Path);
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
