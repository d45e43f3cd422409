namespace Serverless.Log;

/// <summary>The idempotency keys of one stream that are still known, in two generations: a key is known for one to two windows. Not thread-safe.</summary>
internal sealed class KeyWindow(TimeSpan window)
{
    private Dictionary<string, long> _young = [];
    private Dictionary<string, long> _old = [];
    private DateTimeOffset _youngSince = DateTimeOffset.MinValue;

    /// <summary>Forgets the older generation once the younger one is a window old.</summary>
    public void Advance(DateTimeOffset now)
    {
        if (now - _youngSince >= window)
        {
            (_old, _young, _youngSince) = (_young, [], now);
        }
    }

    /// <summary>Remembers the offset at which a key was appended.</summary>
    public void Add(string key, long offset) => _young[key] = offset;

    /// <summary>Where a known key stands.</summary>
    public bool TryGet(string key, out long offset) => _young.TryGetValue(key, out offset) || _old.TryGetValue(key, out offset);
}
