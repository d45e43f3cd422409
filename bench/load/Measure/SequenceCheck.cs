namespace Serverless.Bench.Load.Measure;

/// <summary>Whether one connection sees each publisher's sequence 1, 2, 3 … once and in order.</summary>
internal sealed class SequenceCheck(int publishers)
{
    private readonly long[] _last = new long[publishers];
    private List<Gap>? _gaps;

    /// <summary>Takes the next sequence number as it came.</summary>
    public Arrival Check(int publisher, long sequence)
    {
        var last = _last[publisher];
        if (sequence == last + 1)
        {
            _last[publisher] = sequence;
            return Arrival.InOrder;
        }

        if (sequence <= last)
        {
            return TryFill(publisher, sequence) ? Arrival.OutOfOrder : Arrival.Repeated;
        }

        (_gaps ??= []).Add(new(publisher, last + 1, sequence - 1));
        _last[publisher] = sequence;
        return Arrival.InOrder;
    }

    /// <summary>How many of a publisher's messages never came.</summary>
    /// <param name="publisher">The publisher's index.</param>
    /// <param name="sent">How many it sent.</param>
    public long Lost(int publisher, long sent)
    {
        var lost = sent - _last[publisher];
        foreach (var gap in _gaps ?? [])
        {
            lost += gap.Publisher == publisher ? gap.To - gap.From + 1 : 0;
        }

        return lost;
    }

    private bool TryFill(int publisher, long sequence)
    {
        for (var i = 0; i < (_gaps?.Count ?? 0); i++)
        {
            var gap = _gaps![i];
            if (gap.Publisher == publisher && sequence >= gap.From && sequence <= gap.To)
            {
                _gaps.RemoveAt(i);
                Keep(gap with { To = sequence - 1 });
                Keep(gap with { From = sequence + 1 });
                return true;
            }
        }

        return false;
    }

    private void Keep(Gap gap)
    {
        if (gap.From <= gap.To)
        {
            _gaps!.Add(gap);
        }
    }

    private readonly record struct Gap(int Publisher, long From, long To);
}

/// <summary>How a message came.</summary>
internal enum Arrival
{
    /// <summary>After all those before it that came at all.</summary>
    InOrder,

    /// <summary>After a later one.</summary>
    OutOfOrder,

    /// <summary>Once more.</summary>
    Repeated,
}
