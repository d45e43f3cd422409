namespace Serverless.Events;

/// <summary>A member joined a group and receives what follows this event for it.</summary>
public sealed record GroupJoined : Event
{
    /// <summary>The group, 1 to 1,024 characters.</summary>
    public required string Group { get; init; }

    /// <summary>A connection, or all connections of a user.</summary>
    public required GroupMember Member { get; init; }

    /// <summary>How long a user's membership holds for connections that open later; a connection's own ends with it.</summary>
    public MembershipEnd End { get; init; }
}
