namespace Serverless.Log;

/// <summary>A place in a stream: the last event that a reader has.</summary>
/// <param name="Epoch">The life of the stream in which that event was appended; empty only in <see cref="Start"/>.</param>
/// <param name="Offset">The event's number, from 1; 0 before the first.</param>
public readonly record struct Position(string Epoch, long Offset)
{
    /// <summary>Before everything that the stream still holds, whatever its epoch. Reading from it is never a reset.</summary>
    public static Position Start { get; } = new("", 0);

    /// <inheritdoc/>
    public override string ToString() => $"{Epoch}@{Offset}";
}
