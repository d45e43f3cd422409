using Serverless.Events;

namespace Serverless.FanOut.Membership;

/// <summary>Who is in a stream: all its connections, on whatever node, and the groups of its users. A fold over all of its events. Not thread-safe.</summary>
internal sealed class Roster
{
    /// <summary>The connections.</summary>
    public MemberTable<RosterMember> Members { get; init; } = new();

    /// <summary>Applies an event.</summary>
    /// <param name="value">The event.</param>
    /// <param name="offset">Where it stands in the stream.</param>
    public void Apply(Event value, long offset)
    {
        switch (value)
        {
            case ConnectionOpened opened when !Members.Contains(opened.Connection):
                Members.Add(new(opened.Connection, opened.User));
                break;
            case ConnectionClosed closed when Members.Find(closed.Connection) is { } connection:
                Members.Remove(connection);
                break;
            case CloseRequested request:
                Members.TakeOut(request);
                break;
            default:
                Members.Apply(value, offset);
                break;
        }
    }
}

/// <summary>A connection somewhere.</summary>
internal sealed class RosterMember(ConnectionId id, string? user) : IMember
{
    public ConnectionId Id { get; } = id;

    public string? User { get; } = user;

    public HashSet<string>? Groups { get; set; }

    public int Index { get; set; } = -1;
}
