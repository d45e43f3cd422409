using Serverless.Events;
using Serverless.FanOut.Folds;

namespace Serverless.FanOut.Membership;

/// <summary>Who is in a stream: all its connections, on whatever node, and the groups of its users. A fold over all of its events. Not thread-safe.</summary>
internal sealed class Roster : IFold
{
    /// <summary>The connections.</summary>
    public MemberTable<RosterMember> Members { get; init; } = new();

    /// <summary>The rooms that connections were in when they went.</summary>
    public Departures Departures { get; } = new();

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
                Departures.Add(connection);
                Members.Remove(connection);
                break;
            case CloseRequested request:
                foreach (var connection in Members.Receivers(request.Audience).Where(connection => !request.Excluded.Contains(connection.Id)))
                {
                    Departures.Add(connection);
                }

                Members.TakeOut(request);
                break;
            case PresenceChanged changed when Members.Find(changed.Connection) is { Groups: { } groups } connection && groups.Contains(changed.Group):
                connection.Set(changed.Group, changed.State);
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

    /// <summary>What it shows of itself, by the rooms that it is in; null while it shows nothing anywhere.</summary>
    public IReadOnlyDictionary<string, Payload>? Shown => _shown;

    private Dictionary<string, Payload>? _shown;

    /// <summary>Shows something to a room that it is in.</summary>
    public void Set(string room, Payload state) => (_shown ??= [])[room] = state;

    public void Left(string group)
    {
        if (_shown?.Remove(group) == true && _shown.Count == 0)
        {
            _shown = null;
        }
    }
}
