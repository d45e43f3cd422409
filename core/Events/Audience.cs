namespace Serverless.Events;

/// <summary>Who receives a message.</summary>
/// <param name="Kind">What <paramref name="Name"/> names.</param>
/// <param name="Name">A group, user or connection id, or a condition; empty for the whole hub.</param>
public readonly record struct Audience(AudienceKind Kind, string Name)
{
    /// <summary>All connections of the hub.</summary>
    public static Audience Hub { get; } = new(AudienceKind.Hub, "");

    /// <summary>The connections in a group.</summary>
    public static Audience Group(string group) => new(AudienceKind.Group, group);

    /// <summary>The connections of a user.</summary>
    public static Audience User(string user) => new(AudienceKind.User, user);

    /// <summary>The connections that fulfil a condition, when the event is come to.</summary>
    /// <param name="condition">In OData's form; empty for all.</param>
    public static Audience Filter(string condition) => new(AudienceKind.Filter, condition);

    /// <summary>One connection.</summary>
    public static Audience Connection(ConnectionId connection) => new(AudienceKind.Connection, connection.Value);
}

/// <summary>What an <see cref="Audience"/> names. The numbers stand in stored frames.</summary>
public enum AudienceKind
{
    /// <summary>All connections of the hub.</summary>
    Hub = 0,

    /// <summary>The connections in a group.</summary>
    Group = 1,

    /// <summary>The connections of a user.</summary>
    User = 2,

    /// <summary>One connection.</summary>
    Connection = 3,

    /// <summary>The connections that fulfil a condition.</summary>
    Filter = 4,
}
