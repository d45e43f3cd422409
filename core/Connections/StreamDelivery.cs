using Microsoft.Extensions.Logging;
using Serverless.Events;
using Serverless.FanOut;
using Serverless.FanOut.Lanes;
using Serverless.FanOut.Membership;
using Serverless.Log;

namespace Serverless.Connections;

/// <summary>
/// Reads one stream for this node's connections of it, and gives each what it is to receive, in the stream's order. A connection receives what follows its own
/// <see cref="ConnectionOpened"/>. When the stream can't be gone on with, all are closed with the reason and may come back: never a silent gap. Thread-safe.
/// </summary>
internal sealed partial class StreamDelivery : IAsyncDisposable
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private readonly StreamName _stream;
    private readonly StreamFeed _feed;
    private readonly VolatileLane _lane;
    private readonly Pipeline _pipeline;
    private readonly Snapshotter _snapshots;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _lock = new();
    private readonly Dictionary<string, ClientConnection> _opening = [];
    private readonly List<ClientConnection> _touched = [];
    private readonly List<ClientConnection> _slow = [];
    private readonly List<(ClientConnection Connection, string? Reason)> _closing = [];
    private readonly Task _running;
    private MemberTable<ClientConnection> _table = new();
    private Snapshotter.Growth _growth;
    private Task _snapshot = Task.CompletedTask;
    private TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public StreamDelivery(StreamName stream, StreamFeed feed, VolatileLane lane, Snapshotter snapshots, Pipeline pipeline, TimeProvider time, ILogger logger)
    {
        (_stream, _feed, _lane, _snapshots, _pipeline, _time, _logger) = (stream, feed, lane, snapshots, pipeline, time, logger);
        _growth = snapshots.Watch();
        _running = Task.Run(RunAsync);
    }

    /// <summary>Makes a connection known, to receive what follows its opened event; returns when the stream is being read, so that the event may be appended.</summary>
    /// <returns>Whether its id is free here.</returns>
    public async ValueTask<bool> AddAsync(ClientConnection connection, CancellationToken cancellationToken)
    {
        Task started;
        lock (_lock)
        {
            if (_table.Contains(connection.Id) || !_opening.TryAdd(connection.Id.Value, connection))
            {
                return false;
            }

            started = _started.Task;
        }

        await started.WaitAsync(cancellationToken);
        return true;
    }

    /// <summary>Whether it has a connection with this id.</summary>
    public bool Contains(ConnectionId id)
    {
        lock (_lock)
        {
            return _table.Contains(id) || _opening.ContainsKey(id.Value);
        }
    }

    /// <summary>Takes a connection out; it receives nothing more.</summary>
    public void Remove(ClientConnection connection)
    {
        lock (_lock)
        {
            if (_opening.TryGetValue(connection.Id.Value, out var opening) && ReferenceEquals(opening, connection))
            {
                _opening.Remove(connection.Id.Value);
            }

            _table.Remove(connection);
        }
    }

    /// <summary>Appends the ends of memberships that have come, and keeps a snapshot when one is due; called now and then.</summary>
    public void Beat(DateTimeOffset now)
    {
        IReadOnlyList<GroupLeft> ended;
        lock (_lock)
        {
            ended = _table.Users.TakeExpired(now);
        }

        if (ended.Count > 0)
        {
            _ = AppendEndsAsync(ended);
        }

        TakeSnapshotIfDue(now);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        await _snapshot;
        _stop.Dispose();
    }

    private void TakeSnapshotIfDue(DateTimeOffset now)
    {
        lock (_lock)
        {
            if (_snapshot.IsCompleted && _growth.IsEnough(now))
            {
                _growth = _snapshots.Watch();
                _snapshot = Task.Run(() => _snapshots.TakeAsync(_stream, _stop.Token));
            }
        }
    }

    private async Task AppendEndsAsync(IReadOnlyList<GroupLeft> ended)
    {
        try
        {
            await _pipeline.AppendAsync(_stream, ended, _stop.Token);
        }
        catch (Exception fault) when (fault is LogUnavailableException or OperationCanceledException)
        {
            Log.EndsNotStored(_logger, fault, _stream.ToString());
            lock (_lock)
            {
                _table.Users.PutBack(ended);
            }
        }
    }

    private async Task RunAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var (roster, at) = await _snapshots.Rosters.ReadAsync(_stream, _stop.Token);
                Begin(roster.Members.Users);
                await using var volatiles = await ReceiveVolatileAsync();
                await DeliverAsync(at);
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception fault) when (fault is not OutOfMemoryException)
            {
                Log.ReadingFailed(_logger, fault, _stream.ToString());
                CloseAll("The node can't read the stream.");
                await Task.Delay(RetryAfter, _time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>What users' groups are is known: connections may open. Those that the roster had besides are other nodes'.</summary>
    private void Begin(UserGroups users)
    {
        lock (_lock)
        {
            _table = new() { Users = users };
            _started.TrySetResult();
        }
    }

    private async Task DeliverAsync(Position from)
    {
        await foreach (var result in _feed.ReadAsync(_stream, from, _stop.Token))
        {
            if (result is FeedResult.Entries(var entries))
            {
                Deliver(entries);
            }
            else if (result is FeedResult.Lost(var reason))
            {
                Log.StreamLost(_logger, _stream.ToString(), reason);
                CloseAll($"reset: {reason}");
                return;
            }
        }

        _stop.Token.ThrowIfCancellationRequested();
        throw new InvalidOperationException("The log ended the reading without a reset.");
    }

    private void Deliver(IReadOnlyList<DecodedEntry> entries)
    {
        lock (_lock)
        {
            foreach (var entry in entries)
            {
                for (var i = 0; i < entry.Events.Count; i++)
                {
                    Apply(entry.Events[i], entry.FirstOffset + i);
                }

                _growth.Add(entry.Events.Count, entry.Bytes);
            }
        }

        TakeSnapshotIfDue(_time.GetUtcNow());
        foreach (var connection in _touched)
        {
            connection.IsTouched = false;
            connection.Flush();
        }

        foreach (var connection in _slow)
        {
            connection.CutSlow();
        }

        foreach (var (connection, reason) in _closing)
        {
            connection.Close(reason, Reconnect.Allowed);
        }

        _touched.Clear();
        _slow.Clear();
        _closing.Clear();
    }

    private void Apply(Event value, long offset)
    {
        switch (value)
        {
            case var sent when ReadyMessage.Of(sent) is { } message:
                Send(message);
                break;
            case CloseRequested request:
                _closing.AddRange(_table.TakeOut(request).Select(connection => (connection, request.Reason)));
                break;
            case ConnectionOpened opened when _opening.Remove(opened.Connection.Value, out var connection):
                _table.Add(connection);
                break;
            default:
                _table.Apply(value, offset);
                break;
        }
    }

    private void Send(ReadyMessage message)
    {
        foreach (var (connection, frame) in Receivers(message))
        {
            if (message.Invocation is { } invocation)
            {
                connection.Asked.Add(invocation);
            }

            var outcome = connection.Enqueue(frame);
            if (outcome == Outcome.Queued && !connection.IsTouched)
            {
                connection.IsTouched = true;
                _touched.Add(connection);
            }
            else if (outcome == Outcome.Full)
            {
                _slow.Add(connection);
            }
        }
    }

    /// <summary>Those who receive a message, and what each is sent.</summary>
    private IEnumerable<(ClientConnection Connection, ReadOnlyMemory<byte> Frame)> Receivers(ReadyMessage message)
    {
        var excluded = message.Excluded;
        HubProtocolKind? unreadable = null;
        foreach (var connection in _table.Receivers(message.Audience))
        {
            if (connection.Protocol == unreadable || (excluded.Count > 0 && excluded.Contains(connection.Id)))
            {
                continue;
            }

            if (TryWrite(message, connection.Protocol, out var frame))
            {
                yield return (connection, frame);
            }
            else
            {
                // looked for, and said, once, not for each receiver
                unreadable = connection.Protocol;
            }
        }
    }

    private bool TryWrite(ReadyMessage message, HubProtocolKind protocol, out ReadOnlyMemory<byte> frame)
    {
        try
        {
            frame = message.Frame(protocol);
            return !frame.IsEmpty;
        }
        catch (FormatException fault)
        {
            Log.MessageUnreadable(_logger, fault, _stream.ToString(), message.Name);
            frame = default;
            return false;
        }
    }

    /// <summary>Ends every connection of the stream, also those that are opening: none may miss a message unknowingly.</summary>
    private void CloseAll(string reason)
    {
        List<ClientConnection> all;
        lock (_lock)
        {
            if (_started.Task.IsCompleted)
            {
                _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
            }

            all = [.. _opening.Values, .. _table.All];
            _opening.Clear();
            foreach (var connection in all)
            {
                _table.Remove(connection);
            }
        }

        foreach (var connection in all)
        {
            connection.Close(reason, Reconnect.Allowed);
        }
    }
}
