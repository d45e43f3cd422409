using System.Collections.Concurrent;
using Serverless.Events;

namespace Serverless.Log.Embedded;

/// <summary>Connections that read history, made when they are needed and kept. More readers than connections wait. Thread-safe.</summary>
internal sealed class EmbeddedReads(EmbeddedFile file) : IAsyncDisposable
{
    private const int Connections = 8;

    private readonly SemaphoreSlim _free = new(Connections);
    private readonly ConcurrentBag<PageReader> _idle = [];
    private volatile bool _disposed;

    /// <summary>See <see cref="PageReader.Read"/>.</summary>
    public async ValueTask<ReadResult> ReadAsync(EmbeddedStream stream, ReadFrom from, int maxBytes, CancellationToken cancellationToken)
    {
        await _free.WaitAsync(cancellationToken);
        try
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            var reader = _idle.TryTake(out var idle) ? idle : Open(stream.Name);
            try
            {
                var result = reader.Read(stream, from, maxBytes);
                if (reader.TryEnd())
                {
                    _idle.Add(reader);
                    reader = null;
                }

                return result;
            }
            finally
            {
                reader?.Dispose();
            }
        }
        finally
        {
            _free.Release();
        }
    }

    /// <summary>Waits for the reads that run, and holds up those that come until <see cref="Resume"/>: each is short, and they are served in turn.</summary>
    public async ValueTask PauseAsync()
    {
        for (var i = 0; i < Connections; i++)
        {
            await _free.WaitAsync();
        }
    }

    public void Resume() => _free.Release(Connections);

    /// <summary>Waits for the reads that run, and closes the connections.</summary>
    public async ValueTask DisposeAsync()
    {
        _disposed = true;
        await PauseAsync();

        while (_idle.TryTake(out var reader))
        {
            reader.Dispose();
        }

        // who still waits finds it disposed
        Resume();
    }

    private PageReader Open(StreamName stream)
    {
        try
        {
            return new(file);
        }
        catch (Microsoft.Data.Sqlite.SqliteException e)
        {
            throw new LogUnavailableException(stream, file.Describe(e), e);
        }
    }
}
