namespace Serverless.Events;

/// <summary>A client that invoked a method as a stream gets no more items.</summary>
public sealed record StreamCompleted : Event
{
    /// <summary>The client's connection.</summary>
    public required ConnectionId Connection { get; init; }

    /// <summary>The id of its invocation.</summary>
    public required string StreamId { get; init; }

    /// <summary>Why it ended early; null when it ended in order.</summary>
    public string? Error { get; init; }
}
