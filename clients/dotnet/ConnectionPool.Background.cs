namespace Serverless.Client;

/// <summary>What runs outside of the lock.</summary>
internal sealed partial class ConnectionPool
{
    private async Task StartAsync(PoolEntry entry, CancellationToken cancellationToken)
    {
        Exception? failure = null;
        try
        {
            cancellationToken.ThrowIfCancellationRequested();
            var connection = _create(entry.Key);
            entry.Connection = connection;
            connection.Watch(() => Closed(entry), () => Reconnected(entry));
            await connection.StartAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            // told to all who wait
            failure = exception;
        }

        bool open;
        lock (_lock)
        {
            open = Started(entry, failure);
        }

        if (!open)
        {
            await CloseAsync(entry).ConfigureAwait(false);
        }
    }

    private async Task CloseAsync(PoolEntry entry)
    {
        try
        {
            if (entry.Connection is { } connection)
            {
                await connection.DisposeAsync().ConfigureAwait(false);
            }
        }
        catch (Exception exception)
        {
            Log.CloseFailed(_logger, exception, entry.Key);
        }
        finally
        {
            lock (_lock)
            {
                End(entry);
            }
        }
    }

    private void CancelStart(PoolEntry entry)
    {
        try
        {
            entry.StartCancellation!.Cancel();
        }
        catch (AggregateException exception)
        {
            Log.CancelFailed(_logger, exception, entry.Key);
        }
    }

    private void Closed(PoolEntry entry)
    {
        lock (_lock)
        {
            if (entry.State == PoolEntryState.Open)
            {
                Retire(entry);
            }
        }
    }

    private void Reconnected(PoolEntry entry)
    {
        lock (_lock)
        {
            if (entry.State == PoolEntryState.Open)
            {
                Look(entry);
            }
        }
    }
}
