using Serverless.Events;
using Serverless.Log;

namespace Serverless.FanOut;

/// <summary>Waits until a reader with a checkpoint is done with an event, whatever process it is. Thread-safe.</summary>
/// <param name="log">Where the checkpoint is.</param>
/// <param name="reader">The checkpoint's name.</param>
/// <param name="time">The clock.</param>
internal sealed class CheckpointProgress(IEventLog log, string reader, TimeProvider time)
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(20);

    /// <summary>How often it looks whether the event itself was lost.</summary>
    private static readonly TimeSpan VerifyEvery = TimeSpan.FromSeconds(1);

    /// <summary>Waits until the reader is done with an event.</summary>
    /// <param name="stream">Hub and shard.</param>
    /// <param name="position">The event.</param>
    /// <param name="patience">How long it waits; may be infinite.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    /// <exception cref="LogUnavailableException">The log is out of reach.</exception>
    public async Task<WaitResult> ReachAsync(StreamName stream, Position position, TimeSpan patience, CancellationToken cancellationToken)
    {
        var since = time.GetTimestamp();
        for (var verified = since; !await HasReachedAsync(stream, position, cancellationToken);)
        {
            if (time.GetElapsedTime(verified) > VerifyEvery)
            {
                verified = time.GetTimestamp();
                if (!await IsThereAsync(stream, position, cancellationToken))
                {
                    return WaitResult.EventLost;
                }
            }

            if (patience != Timeout.InfiniteTimeSpan && time.GetElapsedTime(since) > patience)
            {
                return WaitResult.TimedOut;
            }

            await Task.Delay(LookAgain, time, cancellationToken);
        }

        return WaitResult.Reached;
    }

    /// <summary>The offset that the reader has come to; 0 when it hasn't begun.</summary>
    public async ValueTask<long> OffsetAsync(StreamName stream, CancellationToken cancellationToken) =>
        await log.ReadCheckpointAsync(stream, reader, cancellationToken) is [var newest, ..] ? newest.Offset : 0;

    /// <summary>A greater offset alone says nothing: the event there may be one that was lost.</summary>
    private async ValueTask<bool> HasReachedAsync(StreamName stream, Position position, CancellationToken cancellationToken) =>
        position.Offset == 0
        || (await log.ReadCheckpointAsync(stream, reader, cancellationToken) is [var newest, ..]
            && newest.Offset >= position.Offset
            && (newest.Tag == position.Tag
                || (await IsThereAsync(stream, newest, cancellationToken) && await IsThereAsync(stream, position, cancellationToken))));

    /// <summary>Whether an event wasn't lost. It may be trimmed, and its tag not be known for that reason.</summary>
    private async ValueTask<bool> IsThereAsync(StreamName stream, Position position, CancellationToken cancellationToken) =>
        position.Tag == 0 || await log.VerifyAsync(stream, position, cancellationToken) != ResetReason.TailLost;
}
