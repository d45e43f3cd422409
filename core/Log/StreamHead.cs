namespace Serverless.Log;

/// <summary>The state of a stream at one moment. A stream that was never appended to has an epoch too: asking for its head begins it.</summary>
/// <param name="Head">The last event's position; offset 0 when there was none. Its epoch is the stream's current one.</param>
/// <param name="Trimmed">The offset of the last event that is no longer held; 0 when all are.</param>
/// <param name="Epochs">All lives that are still known, oldest first.</param>
public sealed record StreamHead(Position Head, long Trimmed, IReadOnlyList<EpochBeginning> Epochs)
{
    /// <summary>Of a stream that doesn't exist: it knows no position but <see cref="Position.Start"/>.</summary>
    public static StreamHead None { get; } = new(Position.Start, 0, []);

    /// <summary>Whether a reader at <paramref name="position"/> can go on without a gap.</summary>
    /// <returns>Null when it can; else why it can't.</returns>
    public ResetReason? Judge(Position position)
    {
        if (position == Position.Start)
        {
            return null;
        }

        var index = IndexOf(position.Epoch);
        if (index < 0)
        {
            return ResetReason.EpochUnknown;
        }

        for (var later = index + 1; later < Epochs.Count; later++)
        {
            if (position.Offset > Epochs[later].Head)
            {
                return ResetReason.TailLost;
            }
        }

        return position.Offset > Head.Offset ? ResetReason.TailLost
            : position.Offset < Trimmed ? ResetReason.Trimmed
            : null;
    }

    /// <summary>The epoch in which the event at <paramref name="offset"/> was appended: the newest that began before it.</summary>
    public string EpochOf(long offset)
    {
        for (var i = Epochs.Count - 1; i > 0; i--)
        {
            if (Epochs[i].Head < offset)
            {
                return Epochs[i].Epoch;
            }
        }

        return Epochs[0].Epoch;
    }

    private int IndexOf(string epoch)
    {
        for (var i = 0; i < Epochs.Count; i++)
        {
            if (Epochs[i].Epoch == epoch)
            {
                return i;
            }
        }

        return -1;
    }
}
