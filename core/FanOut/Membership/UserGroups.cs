using Serverless.Events;

namespace Serverless.FanOut.Membership;

/// <summary>The groups that users are in, whether they are connected or not: the part of a stream's fold that outlives connections. Not thread-safe.</summary>
internal sealed class UserGroups
{
    /// <summary>How many memberships for which no end was asked a user has at most; the oldest gives way, as with Azure SignalR.</summary>
    public const int MaxEndless = 100;

    private readonly Dictionary<string, Dictionary<string, UserMembership>> _users = [];
    private readonly PriorityQueue<(string User, string Group, long Joined), long> _ends = new();

    /// <summary>All memberships, in no order.</summary>
    public IEnumerable<(string User, string Group, UserMembership Membership)> All =>
        from user in _users
        from group_ in user.Value
        select (user.Key, group_.Key, group_.Value);

    /// <summary>The groups of a user.</summary>
    public IReadOnlyCollection<string> Of(string user) => _users.TryGetValue(user, out var groups) ? groups.Keys : [];

    /// <summary>Whether a user is in a group at a moment.</summary>
    public bool Contains(string user, string group, DateTimeOffset now) =>
        _users.TryGetValue(user, out var groups)
        && groups.TryGetValue(group, out var membership)
        && !(membership.End.UnixMilliseconds <= now.ToUnixTimeMilliseconds());

    /// <summary>Notes a membership; one that the user has already in the group is replaced.</summary>
    /// <returns>The group that gave way to it, or null.</returns>
    public string? Join(string user, string group, UserMembership membership)
    {
        if (!_users.TryGetValue(user, out var groups))
        {
            _users[user] = groups = [];
        }

        groups[group] = membership;
        if (membership.End.UnixMilliseconds is { } end)
        {
            _ends.Enqueue((user, group, membership.Joined), end);
        }

        if (!membership.End.GivesWay)
        {
            return null;
        }

        var endless = groups.Where(each => each.Value.End.GivesWay).ToList();
        if (endless.Count <= MaxEndless)
        {
            return null;
        }

        var oldest = endless.MinBy(each => each.Value.Joined).Key;
        groups.Remove(oldest);
        return oldest;
    }

    /// <param name="user">The user.</param>
    /// <param name="group">The group.</param>
    /// <param name="joined">The joining that ends; null for any.</param>
    /// <returns>Whether the leaving counts: it isn't the end of a joining that a later one replaced.</returns>
    public bool Leave(string user, string group, long? joined)
    {
        if (!_users.TryGetValue(user, out var groups) || !groups.TryGetValue(group, out var membership))
        {
            return joined is null;
        }

        if (joined is { } offset && membership.Joined != offset)
        {
            return false;
        }

        groups.Remove(group);
        if (groups.Count == 0)
        {
            _users.Remove(user);
        }

        return true;
    }

    /// <summary>Takes a user out of all groups.</summary>
    public void LeaveAll(string user) => _users.Remove(user);

    /// <summary>Takes back ends that couldn't be appended: they are given again.</summary>
    public void PutBack(IReadOnlyList<GroupLeft> ends)
    {
        foreach (var end in ends)
        {
            _ends.Enqueue((end.Member.Name, end.Group, end.Joined ?? 0), 0);
        }
    }

    /// <summary>The memberships whose end has come; each is given once.</summary>
    public IReadOnlyList<GroupLeft> TakeExpired(DateTimeOffset now)
    {
        List<GroupLeft>? expired = null;
        while (_ends.TryPeek(out var next, out var end) && end <= now.ToUnixTimeMilliseconds())
        {
            _ends.Dequeue();
            if (_users.TryGetValue(next.User, out var groups) && groups.TryGetValue(next.Group, out var membership) && membership.Joined == next.Joined)
            {
                (expired ??= []).Add(GroupLeft.Expired(next.User, next.Group, next.Joined));
            }
        }

        return expired ?? [];
    }
}

/// <summary>One membership of a user.</summary>
/// <param name="Joined">The offset of its <see cref="GroupJoined"/>.</param>
/// <param name="End">When it ends by itself.</param>
internal readonly record struct UserMembership(long Joined, MembershipEnd End);
