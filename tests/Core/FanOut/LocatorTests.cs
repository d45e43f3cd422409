using CsCheck;
using Serverless.FanOut;
using Serverless.Log;
using Xunit;

namespace Serverless.Tests.Core.FanOut;

public sealed class LocatorTests
{
    [Fact]
    public void Add_OneEventAtATime_HoldsPositionsThatLieFartherAndFartherApart()
    {
        var locator = New();
        for (var offset = 1; offset <= 1000; offset++)
        {
            locator.Add(new(offset, 7));
        }

        var back = locator.NewestFirst.Select(at => 1000 - at.Offset).ToList();
        Assert.Equal([0, 1], back[..2]);
        Assert.Equal(999, back[^1]);
        Assert.InRange(back.Count, 10, 20);
    }

    [Fact]
    public void DropNewest_ThenAdd_GoesOnFromTheOneBefore()
    {
        var locator = New();
        foreach (var offset in (long[])[1, 2, 3, 4])
        {
            locator.Add(new(offset, 1));
        }

        locator.DropNewest();
        locator.DropNewest();
        Assert.Equal(new(2, 1), locator.Newest);
        locator.Add(new(3, 2));
        Assert.Equal([new(3, 2), new(2, 1), new(1, 1)], locator.NewestFirst);
    }

    /// <summary>However large the entries are, however often the reader begins anew from what was kept, and however often it goes back.</summary>
    [Fact]
    public void Add_AnyHistory_HoldsOneAtMostTwiceAsFarBackAsEachAndFew()
    {
        Gen.Select(Gen.Int[1, 2000], Gen.Int[0, 30]).Array[1, 400].Sample(
            steps =>
            {
                var (locator, added) = (New(), new List<long>());
                foreach (var (events, chance) in steps)
                {
                    if (chance == 0)
                    {
                        locator = Kept(locator);
                    }
                    else if (chance == 1 && locator.Count > 1)
                    {
                        locator.DropNewest();
                        // what lay between those that are left was let go while the newest was farther on
                        added = [.. locator.NewestFirst.Select(at => at.Offset).Reverse()];
                    }

                    added.Add((added.Count > 0 ? added[^1] : 0) + events);
                    locator.Add(new(added[^1], 7));
                    AssertHolds(locator, added);
                }
            },
            iter: 300);
    }

    private static void AssertHolds(Locator<Position> locator, List<long> added)
    {
        var (newest, held) = (added[^1], locator.NewestFirst.Select(at => at.Offset).ToList());
        Assert.Equal(held.OrderDescending(), held);
        Assert.Equal(newest, held[0]);
        Assert.All(added, offset => Assert.Contains(held, each => each <= offset && newest - each <= 2 * (newest - offset)));
        Assert.InRange(held.Count, 1, 3 + (2 * (int)Math.Ceiling(Math.Log2(newest + 1))));
    }

    private static Locator<Position> New() => new(at => at);

    private static Locator<Position> Kept(Locator<Position> locator)
    {
        var next = New();
        foreach (var at in locator.NewestFirst.Reverse())
        {
            next.Add(at);
        }

        return next;
    }
}
