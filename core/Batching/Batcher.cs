using System.Threading.Channels;

namespace Serverless.Batching;

/// <summary>
/// Gathers what is published to one stream into batches, and has one batch at a time appended, so that order holds. It takes all that waits, up to the
/// limits; with a linger it first lets more come. Whoever finds the queue full waits. Thread-safe.
/// </summary>
internal sealed class Batcher<T> : IAsyncDisposable
    where T : IBatchItem
{
    private readonly BatchingOptions _options;
    private readonly TimeProvider _time;
    private readonly Func<IReadOnlyList<T>, Task> _append;
    private readonly Channel<T> _queue;
    private readonly TaskCompletionSource _disposing = new();
    private readonly Task _running;
    private int _taken;

    /// <param name="options">Linger and limits.</param>
    /// <param name="time">Measures the linger.</param>
    /// <param name="append">Takes a batch and tells each item its outcome; never throws.</param>
    public Batcher(BatchingOptions options, TimeProvider time, Func<IReadOnlyList<T>, Task> append)
    {
        _options = options;
        _time = time;
        _append = append;
        _queue = Channel.CreateBounded<T>(new BoundedChannelOptions(options.QueueCapacity) { SingleReader = true });
        _running = Task.Run(RunAsync);
    }

    /// <summary>Whether nothing waits and nothing is being appended.</summary>
    public bool IsIdle => Volatile.Read(ref _taken) == 0 && _queue.Reader.Count == 0;

    /// <summary>Puts an item in the queue; done when it is in.</summary>
    /// <exception cref="ChannelClosedException">The batcher was disposed.</exception>
    public ValueTask AddAsync(T item, CancellationToken cancellationToken) => _queue.Writer.WriteAsync(item, cancellationToken);

    /// <summary>Takes nothing more and ends when all that waits is appended.</summary>
    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        _disposing.TrySetResult();
        await _running;
    }

    private async Task RunAsync()
    {
        var batch = new List<T>();
        while (await _queue.Reader.WaitToReadAsync())
        {
            await LingerAsync();
            bool more;
            do
            {
                more = Fill(batch);
                await _append(batch);
                batch.Clear();
                Volatile.Write(ref _taken, 0);
            }
            while (more);
        }
    }

    /// <summary>Lets more come to a batch's first item; over at once when nothing more is taken.</summary>
    private async ValueTask LingerAsync()
    {
        if (_options.Linger > TimeSpan.Zero)
        {
            await _disposing.Task.WaitAsync(_options.Linger, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Takes what waits, up to the limits.</summary>
    /// <returns>Whether something is left that didn't fit: it has lingered and is next.</returns>
    private bool Fill(List<T> batch)
    {
        var (events, bytes) = (0, 0L);
        while (_queue.Reader.TryPeek(out var next))
        {
            events += next.EventCount;
            bytes += next.ByteCount;
            if (batch.Count > 0 && (events > _options.MaxEvents || bytes > _options.MaxBytes))
            {
                return true;
            }

            Volatile.Write(ref _taken, batch.Count + 1);
            _queue.Reader.TryRead(out next);
            batch.Add(next!);
        }

        return false;
    }
}
