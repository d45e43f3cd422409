using Microsoft.Extensions.Logging;
using Serverless.Codec;
using Serverless.Events;
using Serverless.Log;

namespace Serverless.FanOut.Membership;

/// <summary>Reads who is in a stream as it stands now, from its snapshot and what followed it. Thread-safe.</summary>
internal sealed partial class RosterReader(IEventLog log, FrameCodec codec, ILogger logger)
{
    private const int PageBytes = 1024 * 1024;
    private const int MaxAttempts = 10;

    /// <returns>The roster, and the position of the last event in it.</returns>
    /// <exception cref="LogUnavailableException">The log is out of reach.</exception>
    public async ValueTask<(Roster Roster, Position At)> ReadAsync(StreamName stream, CancellationToken cancellationToken)
    {
        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            var head = await log.HeadAsync(stream, cancellationToken);
            var (roster, at) = await BeginAsync(stream, head, cancellationToken);
            while (at.Offset < head.Head.Offset && await log.ReadAsync(stream, at, PageBytes, cancellationToken) is ReadResult.Page(var entries))
            {
                if (entries.Count == 0)
                {
                    // what there was is trimmed
                    return (roster, head.Head);
                }

                foreach (var entry in entries)
                {
                    Apply(roster, stream, entry, at.Offset);
                }

                at = entries[^1].Last;
            }

            if (at.Offset >= head.Head.Offset)
            {
                return (roster, at == Position.Start ? head.Head : at);
            }

            // trimming or a new epoch overtook the reading: once more
        }

        throw new LogUnavailableException(stream, $"its members can't be read; it was reset {MaxAttempts} times meanwhile.");
    }

    /// <returns>What the stream's snapshot has, or nothing when there is none that can be gone on from.</returns>
    private async ValueTask<(Roster Roster, Position At)> BeginAsync(StreamName stream, StreamHead head, CancellationToken cancellationToken)
    {
        if (await log.ReadSnapshotAsync(stream, cancellationToken) is not { } snapshot)
        {
            return (new(), Position.Start);
        }

        try
        {
            if (head.Judge(snapshot.At) is not { } unusable)
            {
                return (RosterSnapshot.Decode(stream, snapshot.At.Offset, snapshot.State, codec), snapshot.At);
            }

            Warnings.SnapshotUnusable(logger, null, stream.ToString(), unusable.ToString());
        }
        catch (FrameException damage)
        {
            Warnings.SnapshotUnusable(logger, damage, stream.ToString(), "it is damaged");
        }

        return (new(), Position.Start);
    }

    private void Apply(Roster roster, StreamName stream, LogEntry entry, long after)
    {
        try
        {
            var decoded = DecodedEntry.Of(codec, stream, entry, after);
            for (var i = 0; i < decoded.Events.Count; i++)
            {
                roster.Apply(decoded.Events[i], decoded.FirstOffset + i);
            }
        }
        catch (FrameException damage)
        {
            // readers of messages are told of it; for who is here, what it said is lost
            Warnings.EntryDamaged(logger, damage, stream.ToString());
        }
    }

    private static partial class Warnings
    {
        [LoggerMessage(1520, LogLevel.Warning, "An entry of stream {Stream} is damaged: whom it let join, leave, come or go is forgotten.")]
        public static partial void EntryDamaged(ILogger logger, Exception damage, string stream);

        [LoggerMessage(1522, LogLevel.Warning, "The snapshot of stream {Stream} can't be gone on from ({Reason}): who is in it is read from the events that are held.")]
        public static partial void SnapshotUnusable(ILogger logger, Exception? damage, string stream, string reason);
    }
}
