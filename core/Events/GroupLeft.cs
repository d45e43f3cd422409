namespace Serverless.Events;

/// <summary>A member left a group; leaving one that it isn't in changes nothing.</summary>
public sealed record GroupLeft : Event
{
    /// <summary>The group, 1 to 1,024 characters.</summary>
    public required string Group { get; init; }

    /// <summary>A connection, or all connections of a user.</summary>
    public required GroupMember Member { get; init; }
}
