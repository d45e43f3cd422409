namespace Serverless.Log;

/// <summary>The outcome of a read: <see cref="Page"/> or <see cref="Reset"/>.</summary>
public abstract record ReadResult
{
    private ReadResult()
    {
    }

    /// <summary>The entries that follow, in order, each naming the one before it. The first may hold events at or before the position that was read from: an entry is
    /// handed out whole. Empty at the head.</summary>
    /// <param name="Entries">Oldest first.</param>
    /// <param name="End">Where the reader is now, also when there was nothing to read.</param>
    public sealed record Page(IReadOnlyList<LogEntry> Entries, Position End) : ReadResult;

    /// <summary>The position can't be gone on from: what the reader has isn't what the stream holds, or what follows is gone.</summary>
    /// <param name="Reason">Why.</param>
    /// <param name="Head">The stream's state, to start from afresh.</param>
    public sealed record Reset(ResetReason Reason, StreamHead Head) : ReadResult;
}
