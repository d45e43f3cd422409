using Serverless.Connections;

namespace Serverless.SelfHost.Upstream;

/// <summary>
/// The end of a node with an upstream: clients are closed, calls under way are given up after a grace, and each connection's <c>disconnected</c> is still posted,
/// within the 30 s that a host gives itself to stop.
/// </summary>
internal sealed partial class UpstreamShutdown(NodeConnections connections, UpstreamTemplates templates, TimeProvider time, ILogger<UpstreamShutdown> logger)
    : IHostedLifecycleService, IDisposable
{
    /// <summary>What calls under way get to end.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(8);

    /// <summary>What the last events get after it.</summary>
    private static readonly TimeSpan TimeForLast = TimeSpan.FromSeconds(8);

    private readonly CancellationTokenSource _calls = new(Timeout.InfiniteTimeSpan, time);
    private readonly CancellationTokenSource _last = new(Timeout.InfiniteTimeSpan, time);
    private readonly TaskCompletionSource _allLeft = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // the node itself counts as one until it stops
    private int _open = 1;

    /// <summary>Gives up <c>connected</c> and invocations.</summary>
    public CancellationToken Calls => _calls.Token;

    /// <summary>Gives up <c>disconnected</c>.</summary>
    public CancellationToken Last => _last.Token;

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
        if (templates.AreConfigured)
        {
            _calls.CancelAfter(Grace);
            _last.CancelAfter(Grace + TimeForLast);
            // before the server stops: it waits for its connections
            connections.CloseAll("The node is stopping.");
        }

        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StoppedAsync(CancellationToken cancellationToken)
    {
        Leave();
        try
        {
            await _allLeft.Task.WaitAsync(Grace + TimeForLast, time, cancellationToken);
        }
        catch (Exception late) when (late is TimeoutException or OperationCanceledException)
        {
            Log.EventsLost(logger, Volatile.Read(ref _open));
        }
    }

    public void Dispose()
    {
        _calls.Dispose();
        _last.Dispose();
    }
}
