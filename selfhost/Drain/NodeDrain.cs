using Microsoft.Extensions.Options;
using Serverless.Connections;
using Serverless.FanOut;
using Serverless.SelfHost.Clients;

namespace Serverless.SelfHost.Drain;

/// <summary>
/// The end of a node for its clients, by a drain or because it stops: it isn't ready any more, new connections are refused, those it has are closed and may come back to
/// another node. A drain takes its time and leaves the node running; there is no way back. A stop closes all at once, and gives clients a bounded time to take it before
/// the node stops listening. Thread-safe.
/// </summary>
internal sealed partial class NodeDrain(
    NodeConnections connections, ClientPlaces places, IOptions<DrainOptions> options, TimeProvider time, ILogger<NodeDrain> logger) : IHostedLifecycleService
{
    /// <summary>Seconds, for the header of that name: a balancer has another node at once.</summary>
    public const string RetryAfter = "1";

    private const string Draining = "The node is draining.";

    private const string Stopping = "The node is stopping.";

    private readonly Lock _lock = new();
    private volatile string? _reason;
    private Task<DrainResult>? _round;

    /// <summary>Why the node takes nobody any more; null while it does.</summary>
    public string? Reason => _reason;

    /// <summary>Closes all connections at the configured pace, and waits until their clients have gone. A call while that is under way joins it; one after it goes
    /// on with those who remained.</summary>
    /// <returns>When nobody is left, or when <c>Serverless:Drain:Timeout</c> is over.</returns>
    public Task<DrainResult> DrainAsync()
    {
        lock (_lock)
        {
            _reason ??= Draining;
            if (_round is null || (_round.IsCompleted && (_round.Result.Remaining > 0 || places.Taken > 0)))
            {
                _round = RunAsync();
            }

            return _round;
        }
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>While the node still listens, so that a client between two polls gets its close message too. A drain that is under way has nothing left to close.</summary>
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        _reason = Stopping;
        connections.CloseAll(Stopping);
        try
        {
            await places.EmptyAsync().WaitAsync(options.Value.StopTimeout, time, cancellationToken);
        }
        catch (Exception late) when (late is TimeoutException or OperationCanceledException)
        {
            Log.Cut(logger, places.Taken);
            connections.CutAll("the client didn't close");
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task<DrainResult> RunAsync()
    {
        // not under the caller's lock
        await Task.Yield();
        using var over = new CancellationTokenSource(options.Value.Timeout, time);
        var (pace, closed) = (new Pace(options.Value.PerSecond, time), 0);
        Log.Started(logger, places.Taken, options.Value.PerSecond);
        try
        {
            connections.CloseNew(Draining);
            foreach (var connection in connections.All.Where(connection => connection.CloseReason is null))
            {
                await pace.NextAsync(over.Token);
                connection.Close(Draining, Reconnect.Allowed);
                closed++;
            }

            await places.EmptyAsync().WaitAsync(over.Token);
            Log.Drained(logger, closed);
        }
        catch (OperationCanceledException)
        {
            Log.TimeIsOver(logger, closed, places.Taken);
        }

        return new(closed, places.Taken);
    }
}
