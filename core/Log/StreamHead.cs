namespace Serverless.Log;

/// <summary>The state of a stream at one moment.</summary>
/// <param name="Head">The last event's position; <see cref="Position.Zero"/> when there was none.</param>
/// <param name="Trimmed">The offset of the last event that is no longer held; 0 when all are.</param>
public sealed record StreamHead(Position Head, long Trimmed)
{
    /// <summary>Of a stream that was never appended to.</summary>
    public static StreamHead None { get; } = new(Position.Zero, 0);
}
