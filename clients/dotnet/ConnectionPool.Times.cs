namespace Serverless.Client;

internal sealed partial class ConnectionPool
{
    /// <summary>One timer for all; it stands while there is nothing to time.</summary>
    private void Tick()
    {
        lock (_lock)
        {
            foreach (var entry in _all.ToArray())
            {
                Tick(entry);
            }

            if (_all.Count == 0)
            {
                _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            }
        }
    }

    private void Tick(PoolEntry entry)
    {
        switch (entry.State)
        {
            case PoolEntryState.Waiting when IsOver(entry.Since, _options.AcquireTimeout):
                Fail(entry, key => new HubConnectionPoolException(key, $"No connection for '{key}': all {_options.MaxConnections} were in use for " +
                    $"{_options.AcquireTimeout.TotalSeconds} s. Return leases sooner, or raise MaxConnections or AcquireTimeout.", null));
                Stop(entry);
                break;
            case PoolEntryState.Starting when IsOver(entry.Since, _options.StartTimeout):
                Fail(entry, key => new HubConnectionPoolException(key, $"The connection for '{key}' didn't start within {_options.StartTimeout.TotalSeconds} s. " +
                    "Check that the server can be reached, or raise StartTimeout; the next acquire tries again.", null));
                Stop(entry);
                break;
            case PoolEntryState.Open:
                TickOpen(entry);
                break;
            case PoolEntryState.Stopping when IsOver(entry.Since, _options.StopTimeout):
                _background(() => Log.CloseTimedOut(_logger, entry.Key, _options.StopTimeout));
                End(entry);
                break;
        }
    }

    private void TickOpen(PoolEntry entry)
    {
        // its events tell as well, unless a handler before the pool's threw
        Look(entry);
        if (entry.State == PoolEntryState.Open && entry.Waiters.Count > 0 && IsOver(entry.Since, _options.StartTimeout))
        {
            Retire(entry);
        }
        else if (entry.IsIdle && IsOver(entry.IdleSince, _options.IdleTimeout))
        {
            Stop(entry);
        }
    }

    private bool IsOver(long since, TimeSpan timeout) => _time.GetElapsedTime(since) >= timeout;
}
