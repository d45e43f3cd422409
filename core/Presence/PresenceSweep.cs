using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Serverless.Codec;
using Serverless.Events;
using Serverless.FanOut.Membership;
using Serverless.Log;

namespace Serverless.Presence;

/// <summary>Keeps snapshots of who is in a stream where no node does: a timer calls it now and then. Nodes do so by themselves. Thread-safe.</summary>
public sealed class PresenceSweep(IEventLog log, FrameCodec codec, IOptions<LogOptions> options, TimeProvider time, ILogger<PresenceSweep> logger)
{
    /// <summary>So many events after a snapshot another one is due; fewer when the stream keeps few.</summary>
    private const long Due = 1000;

    private readonly Snapshotter _snapshots = new(log, codec, options.Value, time, logger);

    /// <summary>Takes a snapshot when one is due.</summary>
    /// <exception cref="LogUnavailableException">The log is out of reach.</exception>
    public async Task RunAsync(StreamName stream, CancellationToken cancellationToken)
    {
        var head = await log.HeadAsync(stream, cancellationToken);
        var snapshot = await log.ReadSnapshotAsync(stream, cancellationToken);
        var since = head.Head.Offset - (snapshot is { At: var at } && await log.VerifyAsync(stream, at, cancellationToken) is null ? at.Offset : 0);
        if (since >= Math.Min(Due, (options.Value.RetentionEvents ?? long.MaxValue) / Snapshotter.Part))
        {
            await _snapshots.TakeAsync(stream, cancellationToken);
        }
    }
}
