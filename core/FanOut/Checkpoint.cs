using Microsoft.Extensions.Logging;
using Serverless.Events;
using Serverless.Log;

namespace Serverless.FanOut;

/// <summary>Keeps in the log how far a reader has come: a few times a second while it goes on, and once more at its end. Thread-safe.</summary>
internal sealed partial class Checkpoint : IAsyncDisposable
{
    private readonly StreamName _stream;
    private readonly string _reader;
    private readonly IEventLog _log;
    private readonly ILogger _logger;
    private readonly PeriodicTimer _timer;
    private readonly Lock _lock = new();
    private readonly Task _running;
    private Position? _at;
    private bool _hasFailed;

    public Checkpoint(StreamName stream, string reader, IEventLog log, TimeSpan interval, TimeProvider time, ILogger logger)
    {
        (_stream, _reader, _log, _logger) = (stream, reader, log, logger);
        _timer = new(interval, time);
        _running = Task.Run(RunAsync);
    }

    /// <summary>All up to this event is done.</summary>
    public void Advance(Position at)
    {
        lock (_lock)
        {
            _at = at;
        }
    }

    public async ValueTask DisposeAsync()
    {
        _timer.Dispose();
        await _running;
        await SaveAsync();
    }

    private async Task RunAsync()
    {
        while (await _timer.WaitForNextTickAsync())
        {
            await SaveAsync();
        }
    }

    private async Task SaveAsync()
    {
        Position? at;
        lock (_lock)
        {
            (at, _at) = (_at, null);
        }

        if (at is not { } position)
        {
            return;
        }

        try
        {
            await _log.SaveCheckpointAsync(_stream, _reader, position, CancellationToken.None);
            _hasFailed = false;
        }
        catch (LogUnavailableException fault)
        {
            PutBack(position);
            if (!_hasFailed)
            {
                _hasFailed = true;
                Log.NotSaved(_logger, fault, _reader, _stream.ToString());
            }
        }
    }

    private void PutBack(Position at)
    {
        lock (_lock)
        {
            _at ??= at;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1605, LogLevel.Warning, "How far reader '{Reader}' of stream {Stream} has come can't be kept now; it is tried again. After a crash events would be dealt with twice.")]
        public static partial void NotSaved(ILogger logger, Exception fault, string reader, string stream);
    }
}
