using Microsoft.Extensions.Logging;

namespace Serverless.Client;

/// <summary>
/// What a pool decides: which connection is whose, when one is opened and closed, who gets it. All of it happens under one lock, by calls that return at once; what may take
/// time (the factory, starting, closing, logging) runs in the background, outside of the lock, and comes back with its outcome.
/// </summary>
internal sealed partial class ConnectionPool : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly Func<string, IPoolConnection> _create;
    private readonly HubConnectionPoolOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Action<Action> _background;
    private readonly ITimer _timer;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The entry that a key's acquires get; none that is stopping.</summary>
    private readonly Dictionary<string, PoolEntry> _keys = new(StringComparer.Ordinal);
    private readonly HashSet<PoolEntry> _all = [];
    private readonly LinkedList<PoolEntry> _queue = [];
    private int _held;
    private int _stopping;
    private int _waiting;
    private bool _disposed;

    public ConnectionPool(
        Func<string, IPoolConnection> create, HubConnectionPoolOptions options, TimeProvider time, ILogger logger, Action<Action> background)
    {
        options.Validate();
        (_create, _options, _time, _logger, _background) = (create, options, time, logger, background);
        TimeSpan[] times = [options.IdleTimeout, options.StartTimeout, options.AcquireTimeout, options.StopTimeout];
        Period = TimeSpan.FromMilliseconds(Math.Clamp(times.Min().TotalMilliseconds / 10, 10, 1000));
        _timer = time.CreateTimer(static pool => ((ConnectionPool)pool!).Tick(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>How late a timeout may be noticed.</summary>
    public TimeSpan Period { get; }

    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _held;
            }
        }
    }

    public int IdleCount
    {
        get
        {
            lock (_lock)
            {
                return _all.Count(entry => entry.IsIdle);
            }
        }
    }

    public ValueTask<PooledConnection> AcquireAsync(string key, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, typeof(HubConnectionPool));
            var entry = _keys.GetValueOrDefault(key);
            if (entry is { State: PoolEntryState.Open })
            {
                Look(entry);
                entry = _keys.GetValueOrDefault(key);
                if (entry is { State: PoolEntryState.Open, IsConnected: true })
                {
                    return new(Lease(entry));
                }
            }

            if (_waiting >= _options.MaxWaiting)
            {
                throw new HubConnectionPoolException(key, $"No connection for '{key}': {_options.MaxWaiting} acquires wait already. " +
                    "Ask for fewer at a time, or raise MaxWaiting.", null);
            }

            entry ??= Enqueue(key);
            if (entry is { State: PoolEntryState.Open, Waiters.Count: 0 })
            {
                entry.Since = _time.GetTimestamp();
            }

            var waiter = new PoolWaiter(entry);
            entry.Waiters.Add(waiter);
            _waiting++;
            MakeRoom();
            waiter.Registration = cancellationToken.UnsafeRegister(
                static (state, token) => ((Action<CancellationToken>)state!)(token), (Action<CancellationToken>)(token => Cancel(waiter, token)));
            return new(waiter.Task);
        }
    }

    public void Release(PoolEntry entry)
    {
        lock (_lock)
        {
            entry.Leases--;
            if (entry.State == PoolEntryState.Open && entry.Leases == 0)
            {
                entry.IdleSince = _time.GetTimestamp();
                MakeRoom();
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            if (!_disposed)
            {
                _disposed = true;
                foreach (var entry in _all.ToArray())
                {
                    Fail(entry, static _ => new ObjectDisposedException(nameof(HubConnectionPool)));
                    Stop(entry);
                }

                EndWhenEmpty();
            }
        }

        await _ended.Task.ConfigureAwait(false);
        await _timer.DisposeAsync().ConfigureAwait(false);
    }

    private PooledConnection Lease(PoolEntry entry)
    {
        entry.Leases++;
        entry.Served = true;
        return new(this, entry);
    }

    private PoolEntry Enqueue(string key)
    {
        var entry = new PoolEntry(key) { Since = _time.GetTimestamp() };
        _keys.Add(key, entry);
        _all.Add(entry);
        entry.Place = _queue.AddLast(entry);
        if (_all.Count == 1)
        {
            _timer.Change(Period, Period);
        }

        return entry;
    }

    /// <summary>Starts those in the queue that there is room for; for the others idle ones are closed, unless enough are closing already.</summary>
    private void MakeRoom()
    {
        while (_held < _options.MaxConnections && _queue.First is { } first)
        {
            _queue.RemoveFirst();
            Start(first.Value);
        }

        for (var wanted = _queue.Count - _stopping; wanted > 0 && _all.Where(entry => entry.IsIdle).MinBy(entry => entry.IdleSince) is { } idle; wanted--)
        {
            Stop(idle);
        }
    }

    private void Start(PoolEntry entry)
    {
        entry.Place = null;
        entry.State = PoolEntryState.Starting;
        entry.Since = _time.GetTimestamp();
        entry.StartCancellation = new();
        _held++;
        _background(() => _ = StartAsync(entry, entry.StartCancellation.Token));
    }

    /// <returns>Whether it is open now; otherwise the caller closes it.</returns>
    private bool Started(PoolEntry entry, Exception? failure)
    {
        if (entry.State == PoolEntryState.Starting && (entry.IsConnected || entry.IsReconnecting) && failure is null)
        {
            entry.State = PoolEntryState.Open;
            entry.Since = entry.IdleSince = _time.GetTimestamp();
            Look(entry);
            return true;
        }

        if (entry.State == PoolEntryState.Starting)
        {
            Fail(entry, key => new HubConnectionPoolException(key, $"The connection for '{key}' couldn't be started: " +
                $"{failure?.Message ?? "it closed at once."} Check its address and access token, and that the server runs; the next acquire tries again.", failure));
            Leave(entry);
        }

        return false;
    }

    /// <summary>Sees how an open connection is, and does what follows from that.</summary>
    private void Look(PoolEntry entry)
    {
        if (entry.IsConnected)
        {
            Serve(entry);
        }
        else if (!entry.IsReconnecting)
        {
            Retire(entry);
        }
    }

    private void Serve(PoolEntry entry)
    {
        foreach (var waiter in entry.Waiters)
        {
            Forget(waiter);
            waiter.SetResult(Lease(entry));
        }

        entry.Waiters.Clear();
    }

    /// <summary>Closes one that is of no more use. Those who wait for it get another, unless it never was of use: then that is told, so that nothing goes round for ever.</summary>
    private void Retire(PoolEntry entry)
    {
        if (!entry.Served)
        {
            Fail(entry, static key => new HubConnectionPoolException(key,
                $"The connection for '{key}' was lost as soon as it had started. See the server's log for the reason; the next acquire tries again.", null));
        }

        PoolWaiter[] waiters = [.. entry.Waiters];
        entry.Waiters.Clear();
        Stop(entry);
        if (waiters.Length > 0)
        {
            var other = Enqueue(entry.Key);
            other.Waiters.AddRange(waiters);
            foreach (var waiter in waiters)
            {
                waiter.Entry = other;
            }
        }

        MakeRoom();
    }

    private void Fail(PoolEntry entry, Func<string, Exception> reason)
    {
        foreach (var waiter in entry.Waiters)
        {
            Forget(waiter);
            waiter.SetException(reason(entry.Key));
        }

        entry.Waiters.Clear();
    }

    private void Cancel(PoolWaiter waiter, CancellationToken token)
    {
        lock (_lock)
        {
            var entry = waiter.Entry;
            if (entry.Waiters.Remove(waiter))
            {
                Forget(waiter);
                waiter.SetCanceled(token);
                if (entry is { State: PoolEntryState.Waiting or PoolEntryState.Starting, Waiters.Count: 0 })
                {
                    Stop(entry);
                }

                MakeRoom();
            }
        }
    }

    private void Forget(PoolWaiter waiter)
    {
        _waiting--;
        waiter.Registration.Unregister();
    }

    private void Stop(PoolEntry entry)
    {
        switch (entry.State)
        {
            case PoolEntryState.Waiting:
                _queue.Remove(entry.Place!);
                _keys.Remove(entry.Key);
                _all.Remove(entry);
                entry.State = PoolEntryState.Ended;
                break;
            case PoolEntryState.Starting:
                // it is closed where its start ends
                Leave(entry);
                _background(() => CancelStart(entry));
                break;
            case PoolEntryState.Open:
                Leave(entry);
                _background(() => _ = CloseAsync(entry));
                break;
        }
    }

    private void Leave(PoolEntry entry)
    {
        _keys.Remove(entry.Key);
        entry.State = PoolEntryState.Stopping;
        entry.Since = _time.GetTimestamp();
        _stopping++;
    }

    private void End(PoolEntry entry)
    {
        if (entry.State == PoolEntryState.Stopping)
        {
            entry.State = PoolEntryState.Ended;
            _all.Remove(entry);
            _stopping--;
            _held--;
            MakeRoom();
            EndWhenEmpty();
        }
    }

    private void EndWhenEmpty()
    {
        if (_disposed && _all.Count == 0)
        {
            _ended.TrySetResult();
        }
    }
}
