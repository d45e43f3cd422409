using Serverless.Log;

namespace Serverless.Services.Documents;

/// <summary>What a document takes.</summary>
/// <param name="Snapshot">Bytes of its snapshot.</param>
/// <param name="Tail">Bytes of the changes that follow it.</param>
/// <param name="At">The last change that is counted.</param>
/// <param name="Kept">The snapshot's position; null without one.</param>
internal sealed record DocumentSize(long Snapshot, long Tail, Position At, Position? Kept)
{
    /// <summary>All of it, in bytes.</summary>
    public long Total => Snapshot + Tail;

    /// <summary>Whether one who comes new reads too much.</summary>
    public bool WantsCompaction(DocumentOptions options) => Tail > Math.Max(options.CompactAbove, options.CompactRatio * Snapshot);
}
