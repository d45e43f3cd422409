namespace Serverless.Events;

/// <summary>Who is in a group: one connection, or a user with all connections.</summary>
/// <param name="Kind">What <paramref name="Name"/> names.</param>
/// <param name="Name">A connection id, a user id, or a condition.</param>
public readonly record struct GroupMember(GroupMemberKind Kind, string Name)
{
    /// <summary>One connection.</summary>
    public static GroupMember Connection(ConnectionId connection) => new(GroupMemberKind.Connection, connection.Value);

    /// <summary>The connections that fulfil a condition, when the event is come to.</summary>
    /// <param name="condition">In OData's form; empty for all.</param>
    public static GroupMember Filter(string condition) => new(GroupMemberKind.Filter, condition);

    /// <summary>A user with all connections.</summary>
    public static GroupMember User(string user) => new(GroupMemberKind.User, user);
}

/// <summary>What a <see cref="GroupMember"/> names. The numbers stand in stored frames.</summary>
public enum GroupMemberKind
{
    /// <summary>One connection.</summary>
    Connection = 0,

    /// <summary>A user with all connections.</summary>
    User = 1,

    /// <summary>The connections that fulfil a condition.</summary>
    Filter = 2,
}
