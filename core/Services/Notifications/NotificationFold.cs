using Serverless.Events;
using Serverless.FanOut.Folds;

namespace Serverless.Services.Notifications;

/// <summary>The notifications of a hub that are held, and what users have read of them: a fold over its stream of notifications. Bounded by the settings: the oldest give way.
/// Questions change nothing. Not thread-safe.</summary>
internal sealed class NotificationFold(NotificationOptions options, TimeProvider time) : IFold
{
    private readonly List<HeldNotification> _all = [];
    private readonly Dictionary<string, HeldNotification> _byId = [];
    private readonly Dictionary<Audience, List<HeldNotification>> _byAudience = [];
    private readonly ReadMarks _marks = new(options.MaxMarks);
    private DateTimeOffset _firstExpiry = DateTimeOffset.MaxValue;

    /// <summary>All that are held, oldest first; some may have expired.</summary>
    public IReadOnlyList<HeldNotification> All => _all;

    /// <summary>What users have read.</summary>
    public ReadMarks Marks => _marks;

    /// <summary>About what is held, in bytes.</summary>
    public long Bytes { get; private set; }

    /// <summary>The events that were taken in since the last snapshot, and about their bytes.</summary>
    public (long Events, long Bytes) Grown { get; private set; }

    /// <summary>Counts from here on what it grows by.</summary>
    public void CountAgain() => Grown = default;

    public void Apply(Event value, long offset)
    {
        switch (value)
        {
            case NotificationSent sent:
                var held = new HeldNotification(sent, offset);
                Grown = (Grown.Events + 1, Grown.Bytes + held.Bytes);
                if (sent.Expires > time.GetUtcNow() && _byId.TryAdd(sent.Id, held))
                {
                    Add(held);
                }

                break;
            case NotificationsRead read:
                Grown = (Grown.Events + 1, Grown.Bytes + 100 + read.Ids.Sum(id => id.Length));
                Mark(read);
                break;
            default:
                Grown = (Grown.Events + 1, Grown.Bytes);
                break;
        }
    }

    /// <summary>A notification that has not expired, or null.</summary>
    public HeldNotification? Find(string id) => _byId.TryGetValue(id, out var held) && held.Sent.Expires > time.GetUtcNow() ? held : null;

    /// <summary>Whether a user has read it.</summary>
    public bool IsRead(string user, HeldNotification held) => _marks.Has(user, held.Offset);

    /// <summary>Whether a user has marked all up to it.</summary>
    public bool IsReadUpTo(string user, HeldNotification held) => _marks.UpTo(user) >= held.Offset;

    /// <summary>Those for a user, oldest first, that have not expired.</summary>
    /// <param name="user">The user.</param>
    /// <param name="groups">The groups that the user is in.</param>
    public IEnumerable<HeldNotification> Of(string user, IReadOnlySet<string> groups)
    {
        var now = time.GetUtcNow();
        return groups.Select(Audience.Group).Append(Audience.User(user)).Append(Audience.Hub)
            .SelectMany(audience => _byAudience.TryGetValue(audience, out var held) ? held : [])
            .Where(held => held.Sent.Expires > now)
            .OrderBy(held => held.Offset);
    }

    private void Add(HeldNotification held)
    {
        _all.Add(held);
        Bytes += held.Bytes;
        _firstExpiry = held.Sent.Expires < _firstExpiry ? held.Sent.Expires : _firstExpiry;
        if (!_byAudience.TryGetValue(held.Sent.Audience, out var same))
        {
            _byAudience[held.Sent.Audience] = same = [];
        }

        same.Add(held);
        if (IsTooMuch && _firstExpiry <= time.GetUtcNow())
        {
            DropExpired(time.GetUtcNow());
        }

        while (IsTooMuch)
        {
            Forget(_all[0]);
            _all.RemoveAt(0);
        }
    }

    private bool IsTooMuch => _all.Count > options.MaxHeld || (Bytes > options.MaxHeldBytes && _all.Count > 1);

    private void DropExpired(DateTimeOffset now)
    {
        foreach (var expired in _all.Where(held => held.Sent.Expires <= now))
        {
            Forget(expired);
        }

        _all.RemoveAll(held => held.Sent.Expires <= now);
        _firstExpiry = _all.Count == 0 ? DateTimeOffset.MaxValue : _all.Min(held => held.Sent.Expires);
    }

    private void Forget(HeldNotification held)
    {
        Bytes -= held.Bytes;
        _byId.Remove(held.Sent.Id);
        var same = _byAudience[held.Sent.Audience];
        same.Remove(held);
        if (same.Count == 0)
        {
            _byAudience.Remove(held.Sent.Audience);
        }
    }

    private void Mark(NotificationsRead read)
    {
        foreach (var id in read.Ids)
        {
            if (_byId.TryGetValue(id, out var held) && held.MayBeMarkedBy(read.User))
            {
                _marks.Mark(read.User, held.Offset);
            }
        }

        if (read.UpTo > 0)
        {
            _marks.MarkUpTo(read.User, read.UpTo);
        }

        _marks.Trim(_all.Count > 0 ? _all[0].Offset : long.MaxValue, IsHeld);
    }

    private bool IsHeld(long offset)
    {
        var (low, high) = (0, _all.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = _all[middle].Offset < offset ? (middle + 1, high) : (low, middle);
        }

        return low < _all.Count && _all[low].Offset == offset;
    }
}
