using Serverless.SelfHost.Drain;

namespace Serverless.SelfHost.Aws;

/// <summary>
/// Asks every 5 s whether the Auto Scaling group wants the instance to end. Then the node is drained; the group waits as long as it gets a heartbeat, each minute; when
/// nobody is left it is told to go on. A metadata service that is away changes nothing for the node.
/// </summary>
internal sealed partial class LifecycleWatch(InstanceMetadata metadata, LifecycleApi api, NodeDrain drain, TimeProvider time, ILogger<LifecycleWatch> logger)
    : BackgroundService
{
    private const string State = "autoscaling/target-lifecycle-state";

    /// <summary>As many as a group accepts.</summary>
    private const int MaxHeartbeats = 100;

    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan HeartbeatInterval = TimeSpan.FromSeconds(60);

    private bool _isAway;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // the host waits for the first part of a service
        await Task.Yield();
        try
        {
            using var timer = new PeriodicTimer(PollInterval, time);
            do
            {
                if (await StateAsync(stoppingToken) == "Terminated")
                {
                    await EndAsync(stoppingToken);
                    return;
                }
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // the node stops by itself
        }
    }

    /// <returns>Null when the instance is in no group, or when that can't be known now.</returns>
    private async Task<string?> StateAsync(CancellationToken stop)
    {
        try
        {
            var state = await metadata.FindAsync(State, stop);
            if (_isAway)
            {
                Log.MetadataIsBack(logger);
            }

            _isAway = false;
            return state;
        }
        catch (Exception fault) when (IsFault(fault, stop))
        {
            if (!_isAway)
            {
                Log.MetadataIsAway(logger, fault.Message);
            }

            _isAway = true;
            return null;
        }
    }

    private async Task EndAsync(CancellationToken stop)
    {
        Log.Ending(logger);
        var empty = EmptyAsync(stop);
        using var heartbeats = new PeriodicTimer(HeartbeatInterval, time);
        for (var sent = 0; ; sent++)
        {
            var next = heartbeats.WaitForNextTickAsync(stop).AsTask();
            if (await Task.WhenAny(empty, next) == empty)
            {
                break;
            }

            await next;
            if (sent == MaxHeartbeats)
            {
                Log.TooLong(logger, sent);
                break;
            }

            await TellAsync("heartbeat", api.HeartbeatAsync, stop);
        }

        if (await TellAsync("completion", api.CompleteAsync, stop))
        {
            Log.Completed(logger);
        }
    }

    /// <summary>Drains until nobody is left: a drain's own time may be shorter than what the group grants.</summary>
    private async Task EmptyAsync(CancellationToken stop)
    {
        while ((await drain.DrainAsync().WaitAsync(stop)).Remaining > 0)
        {
            stop.ThrowIfCancellationRequested();
        }
    }

    private async Task<bool> TellAsync(string what, Func<CancellationToken, Task> call, CancellationToken stop)
    {
        try
        {
            await call(stop);
            return true;
        }
        catch (Exception fault) when (IsFault(fault, stop))
        {
            Log.NotTold(logger, fault, what);
            return false;
        }
    }

    private static bool IsFault(Exception fault, CancellationToken stop) =>
        fault is HttpRequestException or UriFormatException || (fault is OperationCanceledException && !stop.IsCancellationRequested);
}
