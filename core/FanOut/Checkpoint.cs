using Microsoft.Extensions.Logging;
using Serverless.Events;
using Serverless.Log;

namespace Serverless.FanOut;

/// <summary>Keeps in the log how far a reader has come, and earlier positions to go back to: a few times a second while it goes on, and once more at its end. Thread-safe.</summary>
internal sealed partial class Checkpoint : IAsyncDisposable
{
    private readonly StreamName _stream;
    private readonly string _reader;
    private readonly IEventLog _log;
    private readonly ILogger _logger;
    private readonly PeriodicTimer _timer;
    private readonly Lock _lock = new();
    private readonly Locator<Place> _places = new(place => place.At);
    private readonly Task _running;
    private bool _isSaved = true;
    private bool _hasFailed;

    /// <param name="stream">Hub and shard.</param>
    /// <param name="reader">The reader's name.</param>
    /// <param name="kept">What is kept for it, newest first.</param>
    /// <param name="log">Where it is kept.</param>
    /// <param name="interval">How often it is saved.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Is told of faults.</param>
    public Checkpoint(StreamName stream, string reader, IReadOnlyList<Position> kept, IEventLog log, TimeSpan interval, TimeProvider time, ILogger logger)
    {
        (_stream, _reader, _log, _logger) = (stream, reader, log, logger);
        foreach (var at in kept.Reverse())
        {
            _places.Add(new(at, []));
        }

        _timer = new(interval, time);
        _running = Task.Run(RunAsync);
    }

    /// <summary>How far the reader has come; null when nothing is done, or known.</summary>
    public Place? Newest
    {
        get
        {
            lock (_lock)
            {
                return _places.Count > 0 ? _places.Newest : null;
            }
        }
    }

    /// <summary>A part is done.</summary>
    /// <param name="part">The entries in it.</param>
    /// <param name="copies">The last that was appended to other streams for it; for a stream that is missing, what was appended before stays known.</param>
    public void Advance(IReadOnlyList<DecodedEntry> part, IReadOnlyList<CopyPosition> copies)
    {
        lock (_lock)
        {
            var known = _places.Count > 0 ? _places.Newest.Copies : [];
            var all = copies.Count == 0 ? known : [.. copies, .. known.ExceptBy(copies.Select(copy => copy.Stream), copy => copy.Stream)];
            foreach (var entry in part)
            {
                _places.Add(new(entry.Last, all));
            }

            _isSaved = false;
        }
    }

    /// <summary>The newest place was lost: the one before it counts.</summary>
    public void GoBack()
    {
        lock (_lock)
        {
            _places.DropNewest();
            _isSaved = false;
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
        List<Position> locator;
        lock (_lock)
        {
            if (_isSaved)
            {
                return;
            }

            _isSaved = true;
            locator = _places.Count > 0 ? [.. _places.NewestFirst.Select(place => place.At)] : [Position.Zero];
        }

        try
        {
            // one that is off the chain isn't kept: the reader is about to learn of it, and goes back
            await _log.SaveCheckpointAsync(_stream, _reader, locator, CancellationToken.None);
            _hasFailed = false;
        }
        catch (LogUnavailableException fault)
        {
            lock (_lock)
            {
                _isSaved = false;
            }

            if (!_hasFailed)
            {
                _hasFailed = true;
                Log.NotSaved(_logger, fault, _reader, _stream.ToString());
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1605, LogLevel.Warning, "How far reader '{Reader}' of stream {Stream} has come can't be kept now; it is tried again. After a crash events would be dealt with twice.")]
        public static partial void NotSaved(ILogger logger, Exception fault, string reader, string stream);
    }
}
