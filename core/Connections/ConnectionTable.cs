using Serverless.Events;

namespace Serverless.Connections;

/// <summary>This node's connections of one stream, by id, user and group: the part of the stream's fold that delivery needs. Not thread-safe.</summary>
internal sealed class ConnectionTable
{
    private readonly Dictionary<string, ClientConnection> _byId = [];
    private readonly Dictionary<string, HashSet<ClientConnection>> _byUser = [];
    private readonly Dictionary<string, HashSet<ClientConnection>> _byGroup = [];
    private readonly List<ClientConnection> _all = [];

    /// <summary>All of them, in no order.</summary>
    public List<ClientConnection> All => _all;

    public bool Contains(ConnectionId id) => _byId.ContainsKey(id.Value);

    public void Add(ClientConnection connection)
    {
        _byId.Add(connection.Id.Value, connection);
        connection.Index = _all.Count;
        _all.Add(connection);
        if (connection.User is { } user)
        {
            Add(_byUser, user, connection);
        }
    }

    public void Remove(ClientConnection connection)
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

    public void Join(GroupMember member, string group)
    {
        foreach (var connection in Members(member))
        {
            if ((connection.Groups ??= []).Add(group))
            {
                Add(_byGroup, group, connection);
            }
        }
    }

    public void Leave(GroupMember member, string group)
    {
        foreach (var connection in Members(member))
        {
            if (connection.Groups?.Remove(group) == true)
            {
                Remove(_byGroup, group, connection);
            }
        }
    }

    /// <summary>Who receives what is sent to an audience.</summary>
    public IReadOnlyCollection<ClientConnection> Receivers(Audience audience) => audience.Kind switch
    {
        AudienceKind.Hub => _all,
        AudienceKind.Group => _byGroup.GetValueOrDefault(audience.Name) ?? [],
        AudienceKind.User => _byUser.GetValueOrDefault(audience.Name) ?? [],
        AudienceKind.Connection => _byId.TryGetValue(audience.Name, out var connection) ? [connection] : [],
        _ => [],
    };

    private IReadOnlyCollection<ClientConnection> Members(GroupMember member) =>
        Receivers(member.Kind == GroupMemberKind.User ? Audience.User(member.Name) : Audience.Connection(new(member.Name)));

    private static void Add(Dictionary<string, HashSet<ClientConnection>> sets, string name, ClientConnection connection)
    {
        if (!sets.TryGetValue(name, out var set))
        {
            sets[name] = set = [];
        }

        set.Add(connection);
    }

    private static void Remove(Dictionary<string, HashSet<ClientConnection>> sets, string name, ClientConnection connection)
    {
        if (sets.TryGetValue(name, out var set) && set.Remove(connection) && set.Count == 0)
        {
            sets.Remove(name);
        }
    }
}
