namespace Serverless.Log;

/// <summary>Why a reader can't go on from its position without a gap.</summary>
public enum ResetReason
{
    /// <summary>The stream doesn't know the position's epoch: it was emptied, or lost the epoch's beginning in a crash.</summary>
    EpochUnknown,

    /// <summary>A crash took events that the reader had seen.</summary>
    TailLost,

    /// <summary>Retention no longer holds what follows the position.</summary>
    Trimmed,
}
