namespace Serverless.Log;

/// <summary>The outcome of an append: <see cref="Appended"/> or <see cref="Duplicate"/>.</summary>
public abstract record AppendResult
{
    private AppendResult()
    {
    }

    /// <summary>All events are stored, in order, without a hole between them.</summary>
    /// <param name="Last">The position of the batch's last event; the others have the offsets before it, and the same tag.</param>
    public sealed record Appended(Position Last) : AppendResult;

    /// <summary>Nothing was appended, since the stream knows some of the batch's keys.</summary>
    /// <param name="Known">Those keys and where they stand, ascending by index; at least one.</param>
    public sealed record Duplicate(IReadOnlyList<KnownKey> Known) : AppendResult;
}

/// <summary>A key that the stream has already.</summary>
/// <param name="Index">The event's index in the refused batch.</param>
/// <param name="Position">Where the first event with that key stands; tag 0 when its entry was trimmed.</param>
public readonly record struct KnownKey(int Index, Position Position);
