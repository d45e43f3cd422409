namespace Serverless.Events;

/// <summary>A member left a group; leaving one that it isn't in changes nothing.</summary>
public sealed record GroupLeft : Event
{
    /// <summary>The group, 1 to 1,024 characters.</summary>
    public required string Group { get; init; }

    /// <summary>A connection, or all connections of a user.</summary>
    public required GroupMember Member { get; init; }

    /// <summary>The offset of the <see cref="GroupJoined"/> whose end has come; a later joining isn't ended by it. Null ends any.</summary>
    public long? Joined { get; init; }

    /// <summary>The end of a user's membership, with the key that lets it be appended once, whoever notices.</summary>
    public static GroupLeft Expired(string user, string group, long joined) =>
        new() { Member = GroupMember.User(user), Group = group, Joined = joined, Key = $"expired:{joined}" };
}
