namespace Serverless.Log;

/// <summary>Why a reader can't go on from its position without a gap.</summary>
public enum ResetReason
{
    /// <summary>What the reader has seen isn't what the stream holds: a crash took it.</summary>
    TailLost,

    /// <summary>Retention no longer holds what follows the position. It isn't said whether what the reader has is still true.</summary>
    Trimmed,
}
