namespace Serverless.Events;

/// <summary>An event of a kind that a newer version wrote. It keeps its offset; readers pass over it.</summary>
public sealed record UnknownEvent : Event
{
    /// <summary>The kind's number in the frame.</summary>
    public required int Kind { get; init; }
}
