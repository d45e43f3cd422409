namespace Serverless.Events;

/// <summary>What a connection shows of itself to a group changed, such as "away". Opened, joined, left and closed are events of their own.</summary>
public sealed record PresenceChanged : Event
{
    /// <summary>The connection.</summary>
    public required ConnectionId Connection { get; init; }

    /// <summary>The group that sees it.</summary>
    public required string Group { get; init; }

    /// <summary>One value, serialized.</summary>
    public required Payload State { get; init; }
}
