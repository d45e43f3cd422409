namespace Serverless.Events;

/// <summary>A member left all groups that it was in.</summary>
public sealed record GroupsLeft : Event
{
    /// <summary>A connection: then also the groups that it is in by its user; or a user with all connections.</summary>
    public required GroupMember Member { get; init; }
}
