using Serverless.Events;
using Serverless.Log;

namespace Serverless.Sharding;

/// <summary>How far a hub's shard 0 is copied on to its other streams, by whatever process. Thread-safe.</summary>
public sealed class CopyProgress(IEventLog log, TimeProvider time)
{
    /// <summary>The name of the copier's checkpoint.</summary>
    internal const string Reader = "copies";

    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(20);

    /// <summary>Longer than it takes another process to go on when the one that copied was killed.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Waits until all that stands in shard 0 now is copied.</summary>
    /// <inheritdoc cref="ReachAsync"/>
    public async Task CatchUpAsync(StreamName main, CancellationToken cancellationToken) =>
        await ReachAsync(main, (await log.HeadAsync(main, cancellationToken)).Head.Offset, cancellationToken);

    /// <summary>Waits until shard 0 is copied up to an offset.</summary>
    /// <exception cref="LogUnavailableException">It isn't within 10 s, or isn't known.</exception>
    public async Task ReachAsync(StreamName main, long offset, CancellationToken cancellationToken)
    {
        var since = time.GetTimestamp();
        while (((await log.ReadCheckpointAsync(main, Reader, cancellationToken))?.Offset ?? 0) < offset)
        {
            if (time.GetElapsedTime(since) > Patience)
            {
                throw new LogUnavailableException(main, "its copies into the hub's other streams aren't there after 10 s; they follow when a node can make them.");
            }

            await Task.Delay(LookAgain, time, cancellationToken);
        }
    }
}
