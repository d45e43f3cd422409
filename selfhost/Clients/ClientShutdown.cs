namespace Serverless.SelfHost.Clients;

/// <summary>
/// The end of a node, after the drain has closed its clients: calls under way upstream are given up after a grace, and the end of each connection is still told, upstream or to
/// the node's own services, within the 30 s that a host gives itself to stop. To be added before the drain: the host tells the last added first.
/// </summary>
internal sealed partial class ClientShutdown : IHostedLifecycleService, IDisposable
{
    /// <summary>What calls under way get to end.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(8);

    /// <summary>What the last events get after it.</summary>
    private static readonly TimeSpan TimeForLast = TimeSpan.FromSeconds(8);

    private readonly TimeProvider _time;
    private readonly ILogger<ClientShutdown> _logger;
    private readonly CancellationTokenSource _calls;
    private readonly CancellationTokenSource _last;
    private readonly TaskCompletionSource _allLeft = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // the node itself counts as one until it stops
    private int _open = 1;

    public ClientShutdown(TimeProvider time, ILogger<ClientShutdown> logger)
    {
        (_time, _logger) = (time, logger);
        (_calls, _last) = (new(Timeout.InfiniteTimeSpan, time), new(Timeout.InfiniteTimeSpan, time));
        (Calls, Last) = (_calls.Token, _last.Token);
    }

    /// <summary>Gives up calls upstream, and what is told of a connection that has opened.</summary>
    public CancellationToken Calls { get; }

    /// <summary>Gives up what is told of a connection that has closed.</summary>
    public CancellationToken Last { get; }

    /// <summary>Counts a connection in.</summary>
    public void Enter() => Interlocked.Increment(ref _open);

    /// <summary>Counts one out, after its end was told.</summary>
    public void Leave()
    {
        if (Interlocked.Decrement(ref _open) == 0)
        {
            _allLeft.TrySetResult();
        }
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken)
    {
        _calls.CancelAfter(Grace);
        _last.CancelAfter(Grace + TimeForLast);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StoppedAsync(CancellationToken cancellationToken)
    {
        Leave();
        try
        {
            await _allLeft.Task.WaitAsync(Grace + TimeForLast, _time, cancellationToken);
        }
        catch (Exception late) when (late is TimeoutException or OperationCanceledException)
        {
            Log.EventsLost(_logger, Volatile.Read(ref _open));
        }
    }

    public void Dispose()
    {
        _calls.Dispose();
        _last.Dispose();
    }
}
