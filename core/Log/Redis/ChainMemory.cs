namespace Serverless.Log.Redis;

/// <summary>The ends of the last entries of one stream that this process read, oldest first: up to 65,536, and as many as the process' budget allows. Not thread-safe.</summary>
/// <param name="budget">Bytes that all memories of the process share.</param>
internal sealed class ChainMemory(ChainMemory.Budget budget)
{
    private const int SmallestCapacity = 64;
    private const int LargestCapacity = 65_536;
    private const int EntryBytes = 16;

    private readonly List<Position> _ends = new(SmallestCapacity);

    /// <summary>How many are remembered.</summary>
    public int Count => _ends.Count;

    /// <summary>One of them, the oldest being 0.</summary>
    public Position this[int index] => _ends[index];

    /// <summary>Remembers the end of the next entry; the oldest make room when there is none.</summary>
    public void Add(Position end)
    {
        // a full list doubles its capacity
        if (Count == _ends.Capacity && !(Count < LargestCapacity && budget.TryTake(Count * EntryBytes)))
        {
            _ends.RemoveRange(0, Count / 4);
        }

        _ends.Add(end);
    }

    /// <summary>The end of the remembered entry that holds a position; null when there is none.</summary>
    public Position? Find(Position position)
    {
        var (low, high) = (0, Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = this[middle].Offset < position.Offset ? (middle + 1, high) : (low, middle);
        }

        // where the oldest begins isn't known
        return low < Count && this[low].Tag == position.Tag && (low > 0 || this[low] == position) ? this[low] : null;
    }

    /// <summary>Forgets all but the oldest so many.</summary>
    public void Truncate(int count) => _ends.RemoveRange(count, Count - count);

    /// <summary>Gives back what it took of the budget; it isn't used any more.</summary>
    public void Release() => budget.Return((_ends.Capacity - SmallestCapacity) * EntryBytes);

    /// <summary>What the memories of a process may take beyond their smallest size. Thread-safe.</summary>
    internal sealed class Budget(long bytes)
    {
        private long _left = bytes;

        public bool TryTake(long wanted)
        {
            if (Interlocked.Add(ref _left, -wanted) >= 0)
            {
                return true;
            }

            Return(wanted);
            return false;
        }

        public void Return(long taken) => Interlocked.Add(ref _left, taken);
    }
}
