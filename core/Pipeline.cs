using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.Extensions.Options;
using Serverless.Batching;
using Serverless.Codec;
using Serverless.Events;
using Serverless.Log;

namespace Serverless;

/// <summary>
/// The one way in: events are batched per stream, encoded, compressed and appended to the log. An append is done when its events are stored.
/// Everything else reads the log. Thread-safe.
/// </summary>
public sealed class Pipeline(IEventLog log, FrameCodec codec, IOptions<BatchingOptions> batching, TimeProvider time) : IAsyncDisposable
{
    /// <summary>Streams that one process appends to at the same time; a bound against names made up by callers.</summary>
    private const int MaxStreams = 10_000;

    /// <summary>With more batchers than this, those that nobody uses are given up when another begins.</summary>
    private const int ManyStreams = 1000;

    private readonly ConcurrentDictionary<StreamName, Lazy<Batcher<PendingAppend>>> _batchers = [];
    private volatile bool _disposed;

    /// <summary>The streams that have a batcher now.</summary>
    internal int Streams => _batchers.Count;

    /// <summary>Appends one event.</summary>
    /// <param name="stream">Hub and shard.</param>
    /// <param name="value">Not changed afterwards.</param>
    /// <param name="cancellationToken">Stops the wait, not the append: afterwards the event may or may not be there.</param>
    /// <returns>Where it stands: stored as durably as the log is configured to, and visible to all readers.</returns>
    /// <exception cref="LogUnavailableException">The outcome is unknown: repeat it with the same key.</exception>
    /// <exception cref="ArgumentException">The event's key is too long.</exception>
    public async ValueTask<StoredEvent> AppendAsync(StreamName stream, Event value, CancellationToken cancellationToken) =>
        (await AppendAsync(stream, [value], cancellationToken))[0];

    /// <summary>Appends several events, in order, in one entry.</summary>
    /// <inheritdoc cref="AppendAsync(StreamName, Event, CancellationToken)"/>
    public async ValueTask<IReadOnlyList<StoredEvent>> AppendAsync(StreamName stream, IReadOnlyList<Event> events, CancellationToken cancellationToken)
    {
        if (events.Count == 0)
        {
            return [];
        }

        foreach (var value in events)
        {
            if (EventRules.CheckKey(value.Key) is { } fault)
            {
                throw new ArgumentException(fault, nameof(events));
            }
        }

        var pending = new PendingAppend(events);
        while (!await TryAddAsync(stream, pending, cancellationToken))
        {
            // the stream's batcher was given up this moment: another one takes its place
        }

        return await pending.Stored.WaitAsync(cancellationToken);
    }

    /// <summary>Takes nothing more; ends when what was taken is stored.</summary>
    public async ValueTask DisposeAsync()
    {
        _disposed = true;
        foreach (var batcher in _batchers.Values)
        {
            await batcher.Value.DisposeAsync();
        }
    }

    private async ValueTask<bool> TryAddAsync(StreamName stream, PendingAppend pending, CancellationToken cancellationToken)
    {
        var batcher = Batcher(stream);
        try
        {
            await batcher.Value.AddAsync(pending, cancellationToken);
            return true;
        }
        catch (ChannelClosedException)
        {
            await GiveUpAsync(stream, batcher);
            return _disposed ? throw Stopped(stream) : false;
        }
    }

    /// <summary>What it has taken is stored before its place is free: order holds.</summary>
    private async Task GiveUpAsync(StreamName stream, Lazy<Batcher<PendingAppend>> batcher)
    {
        await batcher.Value.DisposeAsync();
        _batchers.TryRemove(KeyValuePair.Create(stream, batcher));
    }

    private Lazy<Batcher<PendingAppend>> Batcher(StreamName stream)
    {
        if (!_batchers.TryGetValue(stream, out var batcher))
        {
            GiveUpIdle();
            if (_batchers.Count >= MaxStreams)
            {
                throw new LogUnavailableException(stream, $"this process appends to {MaxStreams} streams already; nothing was stored.");
            }

            batcher = _batchers.GetOrAdd(stream, static (name, self) => new(() => self.Create(name)), this);
            // looked at after it was added: so either this call sees the end, or the end sees the batcher
            if (_disposed)
            {
                throw Stopped(stream);
            }
        }

        return batcher;
    }

    private void GiveUpIdle()
    {
        if (_batchers.Count >= ManyStreams)
        {
            foreach (var (stream, batcher) in _batchers)
            {
                if (batcher.IsValueCreated && batcher.Value.IsIdle)
                {
                    _ = GiveUpAsync(stream, batcher);
                }
            }
        }
    }

    private static LogUnavailableException Stopped(StreamName stream) => new(stream, "this process is stopping; nothing was stored.");

    private Batcher<PendingAppend> Create(StreamName stream) =>
        new(batching.Value, time, new StreamAppender(stream, log, codec, time).AppendAsync);
}
