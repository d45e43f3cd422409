namespace Serverless.Log;

/// <summary>Where a read begins: behind a position, which is verified, or at an event that is asked for by its number, which can't be. After a read that wasn't reset the reader
/// has a position: <see cref="ReadResult.Page.End"/>.</summary>
public readonly record struct ReadFrom
{
    private ReadFrom(long offset, Position? position) => (Offset, Position) = (offset, position);

    /// <summary>From the oldest event that is held. Never a reset.</summary>
    public static ReadFrom Start => Event(1);

    /// <summary>Events up to this offset aren't wanted.</summary>
    public long Offset { get; }

    /// <summary>What the reader has and the store verifies; null for a request.</summary>
    public Position? Position { get; }

    /// <summary>From the entry that holds this event, or the oldest that is held behind it. Never a reset.</summary>
    public static ReadFrom Event(long offset) => new(offset - 1, null);

    /// <summary>From behind a position.</summary>
    public static ReadFrom After(Position position) => new(position.Offset, position);

    /// <inheritdoc cref="After"/>
    public static implicit operator ReadFrom(Position position) => After(position);

    /// <inheritdoc/>
    public override string ToString() => Position?.ToString() ?? $"event {Offset + 1}";
}
