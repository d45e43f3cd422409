namespace Serverless.Events;

/// <summary>One more item for a client that invoked a method as a stream.</summary>
public sealed record StreamItemSent : Event
{
    /// <summary>The client's connection.</summary>
    public required ConnectionId Connection { get; init; }

    /// <summary>The id of its invocation.</summary>
    public required string StreamId { get; init; }

    /// <summary>One value, serialized.</summary>
    public required Payload Item { get; init; }
}
