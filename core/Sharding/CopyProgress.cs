using Serverless.Events;
using Serverless.FanOut;
using Serverless.Log;

namespace Serverless.Sharding;

/// <summary>How far a hub's shard 0 is copied on to its other streams, by whatever process. Thread-safe.</summary>
public sealed class CopyProgress(IEventLog log, TimeProvider time)
{
    /// <summary>The name of the copier's checkpoint.</summary>
    internal const string Reader = "copies";

    /// <summary>Longer than it takes another process to go on when the one that copied was killed.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly CheckpointProgress _progress = new(log, Reader, time);

    /// <summary>Waits until all that stands in shard 0 now is copied.</summary>
    /// <inheritdoc cref="ReachAsync"/>
    public async Task CatchUpAsync(StreamName main, CancellationToken cancellationToken) =>
        await ReachAsync(main, (await log.HeadAsync(main, cancellationToken)).Head, cancellationToken);

    /// <summary>Waits until shard 0 is copied up to an event.</summary>
    /// <exception cref="LogUnavailableException">It isn't within 10 s, or isn't known; or the event was lost.</exception>
    public async Task ReachAsync(StreamName main, Position position, CancellationToken cancellationToken)
    {
        switch (await _progress.ReachAsync(main, position, Patience, cancellationToken))
        {
            case WaitResult.TimedOut:
                throw new LogUnavailableException(main, "its copies into the hub's other streams aren't there after 10 s; they follow when a node can make them.");
            case WaitResult.EventLost:
                throw new LogUnavailableException(main, $"a crash of the log took its event at offset {position.Offset} before it was copied into the hub's other streams; repeat the call.");
        }
    }
}
