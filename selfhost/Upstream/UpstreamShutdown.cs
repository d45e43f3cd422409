namespace Serverless.SelfHost.Upstream;

/// <summary>
/// The end of a node with an upstream: the heartbeat closes its clients, calls under way are given up after a grace, and each connection's <c>disconnected</c> is still posted,
/// within the 30 s that a host gives itself to stop.
/// </summary>
internal sealed partial class UpstreamShutdown : IHostedLifecycleService, IDisposable
{
    /// <summary>What calls under way get to end.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(8);

    /// <summary>What the last events get after it.</summary>
    private static readonly TimeSpan TimeForLast = TimeSpan.FromSeconds(8);

    private readonly UpstreamTemplates _templates;
    private readonly TimeProvider _time;
    private readonly ILogger<UpstreamShutdown> _logger;
    private readonly CancellationTokenSource _calls;
    private readonly CancellationTokenSource _last;
    private readonly TaskCompletionSource _allLeft = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // the node itself counts as one until it stops
    private int _open = 1;

    public UpstreamShutdown(UpstreamTemplates templates, TimeProvider time, ILogger<UpstreamShutdown> logger)
    {
        (_templates, _time, _logger) = (templates, time, logger);
        (_calls, _last) = (new(Timeout.InfiniteTimeSpan, time), new(Timeout.InfiniteTimeSpan, time));
        (Calls, Last) = (_calls.Token, _last.Token);
    }

    /// <summary>Gives up <c>connected</c> and invocations.</summary>
    public CancellationToken Calls { get; }

    /// <summary>Gives up <c>disconnected</c>.</summary>
    public CancellationToken Last { get; }

    /// <summary>Counts a connection in.</summary>
    public void Enter() => Interlocked.Increment(ref _open);

    /// <summary>Counts one out, after its last event.</summary>
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
        if (_templates.AreConfigured)
        {
            _calls.CancelAfter(Grace);
            _last.CancelAfter(Grace + TimeForLast);
        }

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
