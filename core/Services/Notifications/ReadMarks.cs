namespace Serverless.Services.Notifications;

/// <summary>What users have read, by offsets. Bounded: users who marked something longest ago are forgotten first. Not thread-safe.</summary>
/// <param name="max">The most marks: one for each user, and one for each offset.</param>
internal sealed class ReadMarks(int max)
{
    private readonly Dictionary<string, UserMarks> _users = [];
    private readonly LinkedList<string> _order = [];

    /// <summary>The marks there are.</summary>
    public int Count { get; private set; }

    /// <summary>All marks, of those who marked longest ago first.</summary>
    public IEnumerable<(string User, long UpTo, IReadOnlyCollection<long> Offsets)> All =>
        _order.Select(user => (user, _users[user].UpTo, (IReadOnlyCollection<long>)_users[user].Offsets));

    /// <summary>Whether a user has read what stands at an offset.</summary>
    public bool Has(string user, long offset) => _users.TryGetValue(user, out var marks) && (offset <= marks.UpTo || marks.Offsets.Contains(offset));

    /// <summary>Up to which offset a user has marked all; 0 for none.</summary>
    public long UpTo(string user) => _users.TryGetValue(user, out var marks) ? marks.UpTo : 0;

    /// <summary>Marks one.</summary>
    public void Mark(string user, long offset)
    {
        var marks = Touch(user);
        if (offset > marks.UpTo && marks.Offsets.Add(offset))
        {
            Count++;
        }
    }

    /// <summary>Marks all up to an offset.</summary>
    public void MarkUpTo(string user, long offset)
    {
        var marks = Touch(user);
        marks.UpTo = Math.Max(marks.UpTo, offset);
        Count -= marks.Offsets.RemoveWhere(each => each <= marks.UpTo);
    }

    /// <summary>With too many marks, forgets those of what isn't held any more, and then of users.</summary>
    /// <param name="oldest">The offset of the oldest notification that is held.</param>
    /// <param name="isHeld">Whether a notification at an offset is held.</param>
    public void Trim(long oldest, Func<long, bool> isHeld)
    {
        if (Count <= max)
        {
            return;
        }

        foreach (var (user, marks) in _users.ToList())
        {
            Count -= marks.Offsets.RemoveWhere(offset => !isHeld(offset));
            if (marks.Offsets.Count == 0 && marks.UpTo < oldest)
            {
                Forget(user);
            }
        }

        // by a tenth, so that this isn't done again at once
        while (Count > max - (max / 10) && _order.First is { } first)
        {
            Forget(first.Value);
        }
    }

    private UserMarks Touch(string user)
    {
        if (!_users.TryGetValue(user, out var marks))
        {
            _users[user] = marks = new(new(user));
            Count++;
        }
        else
        {
            _order.Remove(marks.Place);
        }

        _order.AddLast(marks.Place);
        return marks;
    }

    private void Forget(string user)
    {
        if (_users.Remove(user, out var marks))
        {
            _order.Remove(marks.Place);
            Count -= 1 + marks.Offsets.Count;
        }
    }

    private sealed class UserMarks(LinkedListNode<string> place)
    {
        public LinkedListNode<string> Place { get; } = place;

        public long UpTo { get; set; }

        public HashSet<long> Offsets { get; } = [];
    }
}
