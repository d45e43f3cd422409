using Serverless.Log;
using Xunit;

namespace Serverless.Tests.Core.Log;

public sealed class StreamHeadTests
{
    /// <summary>Epoch a lost its tail from 8 on when c began; b, which began at 10, was before that.</summary>
    private static readonly StreamHead Head = new(new("c", 12), Trimmed: 3, [new("a", 0), new("b", 10), new("c", 8)]);

    [Theory]
    [InlineData("", 0, null)]
    [InlineData("", 1, ResetReason.EpochUnknown)]
    [InlineData("x", 0, ResetReason.EpochUnknown)]
    [InlineData("x", 5, ResetReason.EpochUnknown)]
    [InlineData("a", 0, ResetReason.Trimmed)]
    [InlineData("a", 2, ResetReason.Trimmed)]
    [InlineData("a", 3, null)]
    [InlineData("a", 8, null)]
    [InlineData("a", 9, ResetReason.TailLost)]
    [InlineData("a", 10, ResetReason.TailLost)]
    [InlineData("a", 11, ResetReason.TailLost)]
    [InlineData("b", 8, null)]
    [InlineData("b", 9, ResetReason.TailLost)]
    [InlineData("b", 11, ResetReason.TailLost)]
    [InlineData("c", 8, null)]
    [InlineData("c", 12, null)]
    [InlineData("c", 13, ResetReason.TailLost)]
    public void Judge_Position_SaysWhetherItCanBeGoneOnFrom(string epoch, long offset, ResetReason? expected) =>
        Assert.Equal(expected, Head.Judge(new(epoch, offset)));

    [Theory]
    [InlineData(1, "a")]
    [InlineData(8, "a")]
    [InlineData(9, "c")]
    [InlineData(10, "c")]
    [InlineData(11, "c")]
    [InlineData(100, "c")]
    public void EpochOf_Offset_IsTheNewestThatBeganBeforeIt(long offset, string expected) => Assert.Equal(expected, Head.EpochOf(offset));

    [Fact]
    public void EpochOf_EpochsThatLostNothing_ChangesBehindEachBeginning()
    {
        var head = new StreamHead(new("c", 9), 0, [new("a", 0), new("b", 3), new("c", 6)]);

        Assert.Equal("aaabbbccc", string.Concat(Enumerable.Range(1, 9).Select(offset => head.EpochOf(offset))));
    }

    [Fact]
    public void Judge_NeverAppendedTo_ItsHeadGoesOn()
    {
        var head = new StreamHead(new("a", 0), 0, [new("a", 0)]);

        Assert.Null(head.Judge(head.Head));
        Assert.Null(head.Judge(Position.Start));
        Assert.Equal(ResetReason.TailLost, head.Judge(new("a", 1)));
    }

    [Fact]
    public void Judge_EverythingTrimmed_OnlyTheHeadGoesOn()
    {
        var head = new StreamHead(new("a", 5), 5, [new("a", 0)]);

        Assert.Null(head.Judge(new("a", 5)));
        Assert.Equal(ResetReason.Trimmed, head.Judge(new("a", 4)));
    }

    [Fact]
    public void Judge_StartOfATrimmedStream_NeverResets() => Assert.Null(Head.Judge(Position.Start));
}
