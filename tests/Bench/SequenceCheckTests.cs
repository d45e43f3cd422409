using Serverless.Bench.Load.Measure;
using Xunit;

namespace Serverless.Tests.Bench;

/// <summary>Who checks the checker: figures of the load program are worth what these hold.</summary>
public sealed class SequenceCheckTests
{
    private readonly SequenceCheck _check = new(publishers: 2);

    [Fact]
    public void Check_EachOnceInOrder_LosesNothing()
    {
        Assert.All(Arrivals(1, 2, 3), arrival => Assert.Equal(Arrival.InOrder, arrival));
        Assert.Equal(0, _check.Lost(0, sent: 3));
    }

    [Fact]
    public void Check_SameAgain_IsRepeated()
    {
        Arrivals(1, 2);

        Assert.Equal(Arrival.Repeated, _check.Check(0, 2));
        Assert.Equal(Arrival.Repeated, _check.Check(0, 1));
    }

    [Fact]
    public void Check_AfterALaterOne_IsOutOfOrderOnceThenRepeated()
    {
        Arrivals(1, 5);

        Assert.Equal(3, _check.Lost(0, sent: 5));
        Assert.Equal(Arrival.OutOfOrder, _check.Check(0, 3));
        Assert.Equal(Arrival.Repeated, _check.Check(0, 3));
        Assert.Equal(2, _check.Lost(0, sent: 5));
    }

    [Fact]
    public void Lost_TailThatNeverCame_IsCounted()
    {
        Arrivals(1, 2);

        Assert.Equal(8, _check.Lost(0, sent: 10));
    }

    [Fact]
    public void Check_TwoPublishers_HaveSequencesOfTheirOwn()
    {
        Arrivals(1, 2, 4);

        Assert.Equal(Arrival.InOrder, _check.Check(1, 1));
        Assert.Equal(0, _check.Lost(1, sent: 1));
        Assert.Equal(1, _check.Lost(0, sent: 4));
    }

    private List<Arrival> Arrivals(params long[] sequences) => [.. sequences.Select(sequence => _check.Check(0, sequence))];
}
