namespace Serverless.Events;

/// <summary>When a user's membership in a group ends by itself.</summary>
/// <param name="UnixMilliseconds">Null: never, but a user's oldest such membership gives way to one too many. 0: it is for the connections that are open now only.
/// Else the moment, at which <see cref="GroupLeft"/> is appended.</param>
public readonly record struct MembershipEnd(long? UnixMilliseconds)
{
    /// <summary>No end.</summary>
    public static MembershipEnd Never { get; }

    /// <summary>Only connections that are open now are meant.</summary>
    public static MembershipEnd OpenConnectionsOnly { get; } = new(0);

    /// <summary>An end at a moment.</summary>
    public static MembershipEnd At(DateTimeOffset moment) => new(moment.ToUnixTimeMilliseconds());
}
