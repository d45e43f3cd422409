using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Serverless.Codec;
using Serverless.Events;
using Serverless.Log;

namespace Serverless.FanOut.Lanes;

/// <summary>
/// Messages that aren't stored and may be lost: they go to the connections that are there now, beside the stream and in no order with it. Of messages with the same
/// <see cref="Event.Key"/> that come within an interval, the last one goes out. Thread-safe.
/// </summary>
public sealed partial class VolatileLane(IEventLog log, FrameCodec codec, IOptions<VolatileOptions> options, TimeProvider time, ILogger<VolatileLane> logger)
    : IAsyncDisposable
{
    private readonly IVolatileChannel? _channel = log as IVolatileChannel;
    private readonly Lock _lock = new();
    private readonly Dictionary<StreamName, Waiting> _waiting = [];
    private readonly Dictionary<StreamName, List<Action<IReadOnlyList<MessageSent>>>> _subscribers = [];
    private readonly CancellationTokenSource _stop = new();
    private long _dropped;

    /// <summary>The messages that were dropped because too many waited.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    /// <summary>Takes a message; returns at once. It goes out within the interval, unless one with its key takes its place.</summary>
    public void Publish(StreamName stream, MessageSent message)
    {
        lock (_lock)
        {
            if (!_waiting.TryGetValue(stream, out var waiting))
            {
                _waiting[stream] = waiting = new();
                waiting.Running = Task.Run(() => RunAsync(stream, waiting));
            }

            if (!waiting.TryAdd(message, options.Value.MaxWaiting))
            {
                Interlocked.Increment(ref _dropped);
            }
        }
    }

    /// <summary>Receives the messages of a stream until it is disposed.</summary>
    /// <param name="stream">Hub and shard.</param>
    /// <param name="receive">Called for one batch at a time; never throws.</param>
    /// <exception cref="LogUnavailableException">It isn't subscribed.</exception>
    internal async ValueTask<IAsyncDisposable> SubscribeAsync(StreamName stream, Action<IReadOnlyList<MessageSent>> receive)
    {
        if (_channel is not null)
        {
            return await _channel.SubscribeAsync(stream, frame => Receive(stream, frame, receive));
        }

        lock (_lock)
        {
            if (!_subscribers.TryGetValue(stream, out var all))
            {
                _subscribers[stream] = all = [];
            }

            all.Add(receive);
        }

        return new Subscription(this, stream, receive);
    }

    /// <summary>What still waits is dropped.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        List<Task> running;
        lock (_lock)
        {
            running = [.. _waiting.Values.Select(waiting => waiting.Running)];
        }

        await Task.WhenAll(running);
        _stop.Dispose();
    }

    /// <summary>Sends what waits at once, then once an interval; ends when nothing came for one.</summary>
    private async Task RunAsync(StreamName stream, Waiting waiting)
    {
        while (Take(stream, waiting) is { Count: > 0 } messages && !_stop.IsCancellationRequested)
        {
            try
            {
                await SendAsync(stream, messages);
            }
            catch (Exception fault) when (fault is LogUnavailableException or ArgumentException)
            {
                Log.NotSent(logger, fault, messages.Count, stream.ToString());
            }

            await Task.Delay(options.Value.Interval, time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private List<MessageSent> Take(StreamName stream, Waiting waiting)
    {
        lock (_lock)
        {
            var messages = waiting.TakeAll();
            if (messages.Count == 0)
            {
                _waiting.Remove(stream);
            }

            return messages;
        }
    }

    private async ValueTask SendAsync(StreamName stream, List<MessageSent> messages)
    {
        if (_channel is not null)
        {
            await _channel.PublishAsync(stream, codec.Encode(messages, time.GetUtcNow()));
            return;
        }

        List<Action<IReadOnlyList<MessageSent>>> receivers;
        lock (_lock)
        {
            receivers = [.. _subscribers.GetValueOrDefault(stream) ?? []];
        }

        receivers.ForEach(receive => receive(messages));
    }

    private void Receive(StreamName stream, ReadOnlyMemory<byte> frame, Action<IReadOnlyList<MessageSent>> receive)
    {
        try
        {
            receive([.. codec.Decode(stream, 0, frame).OfType<MessageSent>()]);
        }
        catch (FrameException fault)
        {
            Log.Unreadable(logger, fault, stream.ToString());
        }
    }

    /// <summary>What waits for one stream's next interval.</summary>
    private sealed class Waiting
    {
        private readonly Dictionary<string, int> _places = [];
        private List<MessageSent> _messages = [];

        public Task Running { get; set; } = Task.CompletedTask;

        public bool TryAdd(MessageSent message, int max)
        {
            if (message.Key is { } key && _places.TryGetValue(key, out var place))
            {
                _messages[place] = message;
                return true;
            }

            if (_messages.Count >= max)
            {
                return false;
            }

            if (message.Key is { } first)
            {
                _places[first] = _messages.Count;
            }

            _messages.Add(message);
            return true;
        }

        public List<MessageSent> TakeAll()
        {
            _places.Clear();
            (var all, _messages) = (_messages, []);
            return all;
        }
    }

    private sealed class Subscription(VolatileLane lane, StreamName stream, Action<IReadOnlyList<MessageSent>> receive) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            lock (lane._lock)
            {
                var all = lane._subscribers[stream];
                all.Remove(receive);
                if (all.Count == 0)
                {
                    lane._subscribers.Remove(stream);
                }
            }

            return ValueTask.CompletedTask;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1740, LogLevel.Debug, "{Count} volatile messages of stream {Stream} are lost.")]
        public static partial void NotSent(ILogger logger, Exception fault, int count, string stream);

        [LoggerMessage(1741, LogLevel.Warning, "Volatile messages of stream {Stream} can't be read: another version of this program may have sent them.")]
        public static partial void Unreadable(ILogger logger, Exception fault, string stream);
    }
}
