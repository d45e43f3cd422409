namespace Serverless.Events;

/// <summary>When a user's membership in a group ends by itself.</summary>
/// <param name="UnixMilliseconds">Null: never. 0: it is for the connections that are open now only. Else the moment, at which <see cref="GroupLeft"/> is appended.</param>
/// <param name="IsLatest">Nobody asked for the moment: it is the latest for a membership that was to have no end.</param>
public readonly record struct MembershipEnd(long? UnixMilliseconds, bool IsLatest = false)
{
    /// <summary>No end.</summary>
    public static MembershipEnd Never { get; }

    /// <summary>Only connections that are open now are meant.</summary>
    public static MembershipEnd OpenConnectionsOnly { get; } = new(0);

    /// <summary>Whether it is one of those of which a user's oldest gives way to one too many: no end was asked for.</summary>
    public bool GivesWay => UnixMilliseconds is null || IsLatest;

    /// <summary>An end at a moment.</summary>
    public static MembershipEnd At(DateTimeOffset moment) => new(moment.ToUnixTimeMilliseconds());

    /// <summary>No end that was asked for, and yet one at a moment.</summary>
    public static MembershipEnd AtLatest(DateTimeOffset moment) => new(moment.ToUnixTimeMilliseconds(), IsLatest: true);
}
