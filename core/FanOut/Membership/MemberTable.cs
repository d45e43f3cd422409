using Serverless.Events;

namespace Serverless.FanOut.Membership;

/// <summary>Connections of one stream, by id, user and group: a fold over the stream's events, for delivery over this node's connections, for questions over all.
/// Not thread-safe.</summary>
internal sealed class MemberTable<TMember>
    where TMember : class, IMember
{
    private readonly Dictionary<string, TMember> _byId = [];
    private readonly Dictionary<string, HashSet<TMember>> _byUser = [];
    private readonly Dictionary<string, HashSet<TMember>> _byGroup = [];
    private readonly List<TMember> _all = [];

    /// <summary>The groups of users.</summary>
    public UserGroups Users { get; init; } = new();

    /// <summary>All of them, in no order.</summary>
    public List<TMember> All => _all;

    public bool Contains(ConnectionId id) => _byId.ContainsKey(id.Value);

    public void Add(TMember connection)
    {
        _byId.Add(connection.Id.Value, connection);
        connection.Index = _all.Count;
        _all.Add(connection);
        if (connection.User is { } user)
        {
            Add(_byUser, user, connection);
            foreach (var group in Users.Of(user))
            {
                Join(connection, group);
            }
        }
    }

    public void Remove(TMember connection)
    {
        if (connection.Index < 0)
        {
            return;
        }

        _byId.Remove(connection.Id.Value);
        var last = _all[^1];
        (_all[connection.Index], last.Index) = (last, connection.Index);
        _all.RemoveAt(_all.Count - 1);
        connection.Index = -1;
        if (connection.User is { } user)
        {
            Remove(_byUser, user, connection);
        }

        foreach (var group in connection.Groups ?? [])
        {
            Remove(_byGroup, group, connection);
        }

        connection.Groups = null;
    }

    /// <summary>Applies an event that changes who is in which group; others change nothing.</summary>
    /// <param name="value">The event.</param>
    /// <param name="offset">Where it stands in the stream.</param>
    public void Apply(Event value, long offset)
    {
        switch (value)
        {
            case GroupJoined joined:
                Apply(joined, offset);
                break;
            case GroupLeft left:
                Apply(left);
                break;
            case GroupsLeft all:
                Apply(all);
                break;
        }
    }

    public TMember? Find(ConnectionId id) => _byId.GetValueOrDefault(id.Value);

    /// <summary>Takes out those that are to be closed: they receive nothing of what follows.</summary>
    public IReadOnlyList<TMember> TakeOut(CloseRequested request)
    {
        var closing = Receivers(request.Audience).Where(connection => !request.Excluded.Contains(connection.Id)).ToList();
        closing.ForEach(Remove);
        return closing;
    }

    /// <summary>Who receives what is sent to an audience.</summary>
    public IReadOnlyCollection<TMember> Receivers(Audience audience) => audience.Kind switch
    {
        AudienceKind.Hub => _all,
        AudienceKind.Group => _byGroup.GetValueOrDefault(audience.Name) ?? [],
        AudienceKind.User => _byUser.GetValueOrDefault(audience.Name) ?? [],
        AudienceKind.Connection => _byId.TryGetValue(audience.Name, out var connection) ? [connection] : [],
        AudienceKind.Filter => Matching(audience.Name),
        _ => [],
    };

    private void Apply(GroupJoined joined, long offset)
    {
        foreach (var connection in Members(joined.Member))
        {
            Join(connection, joined.Group);
        }

        if (joined.Member.Kind == GroupMemberKind.User
            && joined.End != MembershipEnd.OpenConnectionsOnly
            && Users.Join(joined.Member.Name, joined.Group, new(offset, joined.End)) is { } crowdedOut)
        {
            LeaveAll(Members(joined.Member), crowdedOut);
        }
    }

    private void Apply(GroupLeft left)
    {
        if (left.Member.Kind != GroupMemberKind.User || Users.Leave(left.Member.Name, left.Group, left.Joined))
        {
            LeaveAll(Members(left.Member), left.Group);
        }
    }

    private void Apply(GroupsLeft left)
    {
        if (left.Member.Kind == GroupMemberKind.User)
        {
            Users.LeaveAll(left.Member.Name);
        }

        foreach (var connection in Members(left.Member))
        {
            foreach (var group in connection.Groups ?? [])
            {
                Remove(_byGroup, group, connection);
                connection.Left(group);
            }

            connection.Groups = null;
        }
    }

    private List<TMember> Matching(string filter)
    {
        try
        {
            var condition = MemberFilter.Parse(filter);
            return _all.FindAll(member => condition(member));
        }
        catch (FormatException)
        {
            // checked before it was appended: a newer version's
            return [];
        }
    }

    private IReadOnlyCollection<TMember> Members(GroupMember member) => Receivers(member.Kind switch
    {
        GroupMemberKind.User => Audience.User(member.Name),
        GroupMemberKind.Filter => Audience.Filter(member.Name),
        _ => Audience.Connection(new(member.Name)),
    });

    private void Join(TMember connection, string group)
    {
        if ((connection.Groups ??= []).Add(group))
        {
            Add(_byGroup, group, connection);
        }
    }

    private void LeaveAll(IReadOnlyCollection<TMember> connections, string group)
    {
        foreach (var connection in connections)
        {
            if (connection.Groups?.Remove(group) == true)
            {
                Remove(_byGroup, group, connection);
                connection.Left(group);
            }
        }
    }

    private static void Add(Dictionary<string, HashSet<TMember>> sets, string name, TMember connection)
    {
        if (!sets.TryGetValue(name, out var set))
        {
            sets[name] = set = [];
        }

        set.Add(connection);
    }

    private static void Remove(Dictionary<string, HashSet<TMember>> sets, string name, TMember connection)
    {
        if (sets.TryGetValue(name, out var set) && set.Remove(connection) && set.Count == 0)
        {
            sets.Remove(name);
        }
    }
}
