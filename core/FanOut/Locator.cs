using Serverless.Log;

namespace Serverless.FanOut;

/// <summary>
/// The places that a reader can go back to after a loss: the last two, and fewer the farther back. For each place that was added there is one that is at most twice as many events behind
/// the newest, so their number grows with the logarithm of what was read. Not thread-safe.
/// </summary>
/// <param name="at">The position of a place.</param>
internal sealed class Locator<T>(Func<T, Position> at)
{
    private readonly List<T> _oldestFirst = [];

    /// <summary>How many places are held.</summary>
    public int Count => _oldestFirst.Count;

    /// <summary>The place that was added last; there has to be one.</summary>
    public T Newest => _oldestFirst[^1];

    /// <summary>All that are held.</summary>
    public IEnumerable<T> NewestFirst => Enumerable.Reverse(_oldestFirst);

    /// <summary>Adds a place behind the newest. A place between two of which the older is at most twice as far back as the newer isn't needed any more; that stays so as the newest goes on.</summary>
    public void Add(T place)
    {
        _oldestFirst.Add(place);
        var newest = at(place).Offset;
        for (var i = _oldestFirst.Count - 2; i > 0; i--)
        {
            if (newest - at(_oldestFirst[i - 1]).Offset <= 2 * (newest - at(_oldestFirst[i + 1]).Offset))
            {
                _oldestFirst.RemoveAt(i);
            }
        }
    }

    /// <summary>Drops the newest, which was lost.</summary>
    public void DropNewest() => _oldestFirst.RemoveAt(_oldestFirst.Count - 1);
}
