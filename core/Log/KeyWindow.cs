namespace Serverless.Log;

/// <summary>
/// The idempotency keys of one stream that are still known. Time is cut into windows by the clock; a key is known in the window in which it was added
/// and in the next one, so for one to two windows, however seldom the stream is appended to. Not thread-safe.
/// </summary>
internal sealed class KeyWindow(TimeSpan window)
{
    private Dictionary<string, long> _young = [];
    private Dictionary<string, long> _old = [];

    /// <summary>The latest time that was seen: the clock of this window, which never goes back.</summary>
    public DateTimeOffset Now { get; private set; } = DateTimeOffset.MinValue;

    /// <summary>Moves the clock, and forgets the keys of all windows but this one and the one before.</summary>
    /// <returns>How many windows were forgotten: 0, 1 (the older) or 2 (both).</returns>
    public int Advance(DateTimeOffset now)
    {
        if (now <= Now)
        {
            return 0;
        }

        var passed = now.UtcTicks / window.Ticks - Now.UtcTicks / window.Ticks;
        Now = now;
        if (passed > 0)
        {
            (_old, _young) = (passed == 1 ? _young : [], []);
        }

        return (int)Math.Min(passed, 2);
    }

    /// <summary>Remembers the offset at which a key was appended.</summary>
    public void Add(string key, long offset) => _young[key] = offset;

    /// <summary>Forgets a key whose append failed.</summary>
    public void Remove(string key)
    {
        _young.Remove(key);
        _old.Remove(key);
    }

    /// <summary>Where a known key stands.</summary>
    public bool TryGet(string key, out long offset) => _young.TryGetValue(key, out offset) || _old.TryGetValue(key, out offset);
}
