using Serverless.Log;
using Xunit;

namespace Serverless.Tests.Core.Log.Chains;

/// <summary>A reader that remembers all that it received: what it has must be one chain, and what it is told must be true of it.</summary>
internal class ChainReader(ReadFrom from)
{
    /// <summary>Where it goes on.</summary>
    public ReadFrom From { get; private set; } = from;

    /// <summary>The position of each event that it has, oldest first; also of the one that it began behind.</summary>
    public List<Position> Received { get; } = from.Position is { } position ? [position] : [];

    /// <summary>Takes over a page, or only the first of its events.</summary>
    public void Take(ReadResult.Page page, long events = long.MaxValue)
    {
        foreach (var entry in page.Entries.TakeWhile(_ => events > 0))
        {
            if (From.Position is { } at)
            {
                Assert.True(entry.Follows(at) || (entry.FirstOffset <= at.Offset && at.Offset < entry.Last.Offset && entry.Last.Tag == at.Tag), $"{entry} doesn't follow {at}.");
            }

            var first = From.Position is null ? entry.FirstOffset : From.Offset + 1;
            for (var offset = first; offset <= entry.Last.Offset && events > 0; offset++, events--)
            {
                From = entry.Last with { Offset = offset };
                Received.Add(entry.Last with { Offset = offset });
            }
        }

        if (events > 0)
        {
            Assert.True(From.Position is null || From.Position == page.End, $"A page ends at {page.End}, not at {From}.");
            if (From.Position is null)
            {
                Received.Add(page.End);
            }

            From = page.End;
        }
    }

    /// <summary>Begins afresh, at the head.</summary>
    public void Reset(Position head)
    {
        From = head;
        Received.Clear();
        Received.Add(head);
    }

    /// <summary>Whether all that it has is what the store holds.</summary>
    public bool IsOnChain(ChainState state) => Received.All(state.IsOnChain);
}
