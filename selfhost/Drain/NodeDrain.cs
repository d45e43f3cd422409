using Microsoft.Extensions.Options;
using Serverless.Connections;
using Serverless.FanOut;
using Serverless.SelfHost.Clients;

namespace Serverless.SelfHost.Drain;

/// <summary>
/// The end of a node for its clients, by a drain or because it stops: it isn't ready any more; when balancers have had the time to notice that, new connections are refused,
/// and those it has are closed evenly and may come back to another node. A drain leaves the node running; there is no way back. A stop takes a bounded time, in which the
/// node still listens. Thread-safe.
/// </summary>
internal sealed partial class NodeDrain(
    NodeConnections connections, ClientPlaces places, IOptions<DrainOptions> options, TimeProvider time, ILogger<NodeDrain> logger) : IHostedLifecycleService
{
    /// <summary>Seconds, for the header of that name: a balancer has another node at once.</summary>
    public const string RetryAfter = "1";

    private const string Draining = "The node is draining.";

    private const string Stopping = "The node is stopping.";

    private readonly Lock _lock = new();
    private volatile string? _unready;
    private volatile string? _reason;
    private Task? _notice;
    private Task<DrainResult>? _round;

    /// <summary>Why the node isn't ready any more; null while it is.</summary>
    public string? Unready => _unready;

    /// <summary>Why the node takes nobody any more; null while it does.</summary>
    public string? Reason => _reason;

    /// <summary>Closes all connections at the configured pace, and waits until their clients have gone. A call while that is under way joins it; one after it goes
    /// on with those who remained.</summary>
    /// <returns>When nobody is left, or when <c>Serverless:Drain:Timeout</c> is over.</returns>
    public Task<DrainResult> DrainAsync()
    {
        lock (_lock)
        {
            var noticed = NoticeAsync(Draining);
            if (_round is null || (_round.IsCompleted && (_round.Result.Remaining > 0 || places.Taken > 0)))
            {
                _round = RunAsync(noticed);
            }

            return _round;
        }
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>While the node still listens, so that a client between two polls gets its close message too. A drain that is under way goes on beside it.</summary>
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        await NoticeAsync(Stopping).WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _reason = Stopping;
        using var limit = new CancellationTokenSource(options.Value.StopTimeout, time);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        await CloseAsync(Stopping, options.Value.StopPerSecond(places.Taken), over.Token);
        if (places.Taken > 0)
        {
            Log.Cut(logger, places.Taken);
            connections.CutAll("the client didn't close");
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>From now on the node isn't ready.</summary>
    /// <returns>When balancers have had the time to notice it.</returns>
    private Task NoticeAsync(string reason)
    {
        lock (_lock)
        {
            _unready ??= reason;
            return _notice ??= options.Value.Notice > TimeSpan.Zero ? Task.Delay(options.Value.Notice, time) : Task.CompletedTask;
        }
    }

    private async Task<DrainResult> RunAsync(Task noticed)
    {
        await noticed;
        _reason ??= Draining;
        // not under the caller's lock
        await Task.Yield();
        using var over = new CancellationTokenSource(options.Value.Timeout, time);
        Log.Started(logger, places.Taken, options.Value.PerSecond);
        var closed = await CloseAsync(Draining, options.Value.PerSecond, over.Token);
        var remaining = places.Taken;
        if (remaining > 0)
        {
            Log.TimeIsOver(logger, closed, remaining);
        }
        else
        {
            Log.Drained(logger, closed);
        }

        return new(closed, remaining);
    }

    /// <summary>Closes all evenly, and waits until nobody is left or the time is over.</summary>
    /// <returns>How many it closed.</returns>
    private async Task<int> CloseAsync(string reason, int perSecond, CancellationToken over)
    {
        var (pace, closed) = (new Pace(perSecond, time), 0);
        try
        {
            connections.CloseNew(reason);
            foreach (var connection in connections.All.Where(connection => connection.CloseReason is null))
            {
                await pace.NextAsync(over);
                connection.Close(reason, Reconnect.Allowed);
                closed++;
            }

            await places.EmptyAsync().WaitAsync(over);
        }
        catch (OperationCanceledException) when (over.IsCancellationRequested)
        {
            // the caller sees who is left
        }

        return closed;
    }
}
