using System.Globalization;

namespace Serverless.Services.Documents.Yjs;

/// <summary>For each client of a document, the clocks that something has: ranges in order that don't touch each other.</summary>
internal sealed class ClockRanges
{
    private readonly Dictionary<long, List<Range>> _clients = [];
    private bool _isOrdered = true;

    /// <summary>Whether it has none.</summary>
    public bool IsEmpty => _clients.Count == 0;

    /// <summary>Adds clocks of a client.</summary>
    /// <param name="client">The client's number.</param>
    /// <param name="start">The first.</param>
    /// <param name="length">How many, at least one.</param>
    public void Add(long client, long start, long length)
    {
        if (!_clients.TryGetValue(client, out var ranges))
        {
            _clients[client] = ranges = [];
        }

        if (ranges.Count > 0 && ranges[^1].End == start)
        {
            ranges[^1] = ranges[^1] with { End = start + length };
            return;
        }

        _isOrdered &= ranges.Count == 0 || ranges[^1].End < start;
        ranges.Add(new(start, start + length));
    }

    /// <summary>Adds all that another has.</summary>
    public void Add(ClockRanges other)
    {
        foreach (var (client, ranges) in other._clients)
        {
            foreach (var range in ranges)
            {
                Add(client, range.Start, range.End - range.Start);
            }
        }
    }

    /// <summary>Whether it has each clock that another has.</summary>
    public bool Covers(ClockRanges other)
    {
        Order();
        return other._clients.All(client => _clients.TryGetValue(client.Key, out var mine) && client.Value.TrueForAll(range => Covers(mine, range)));
    }

    /// <summary><c>client: start-end start-end; client: …</c>, the ends exclusive.</summary>
    public override string ToString()
    {
        Order();
        return string.Join("; ", _clients.OrderBy(client => client.Key).Select(client => $"{client.Key}: {string.Join(' ', client.Value)}"));
    }

    private static bool Covers(List<Range> mine, Range wanted)
    {
        var index = mine.BinarySearch(wanted, Range.ByStart);
        index = index >= 0 ? index : ~index - 1;
        return index >= 0 && mine[index].End >= wanted.End;
    }

    /// <summary>Merges what overlaps or touches.</summary>
    private void Order()
    {
        if (_isOrdered)
        {
            return;
        }

        foreach (var ranges in _clients.Values)
        {
            ranges.Sort(Range.ByStart);
            var last = 0;
            for (var i = 1; i < ranges.Count; i++)
            {
                if (ranges[i].Start <= ranges[last].End)
                {
                    ranges[last] = ranges[last] with { End = Math.Max(ranges[last].End, ranges[i].End) };
                }
                else
                {
                    ranges[++last] = ranges[i];
                }
            }

            ranges.RemoveRange(last + 1, ranges.Count - last - 1);
        }

        _isOrdered = true;
    }

    private readonly record struct Range(long Start, long End)
    {
        public static Comparer<Range> ByStart { get; } = Comparer<Range>.Create((one, other) => one.Start.CompareTo(other.Start));

        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Start}-{End}");
    }
}
