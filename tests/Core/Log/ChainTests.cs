using Serverless.Log;
using Xunit;

namespace Serverless.Tests.Core.Log;

public sealed class ChainTests
{
    /// <summary>Held are 4–6 of tag 6, which names 3, and 7 of tag 7. What stood before was trimmed.</summary>
    private static readonly LogEntry[] Held = [Entry(6, 3, previous: 3), Entry(7, 1, previous: 6)];

    [Theory]
    [InlineData(0, 0, ResetReason.Trimmed)]
    [InlineData(2, 2, ResetReason.Trimmed)]
    [InlineData(2, 9, ResetReason.Trimmed)]
    [InlineData(3, 3, null)]
    [InlineData(3, 9, ResetReason.TailLost)]
    [InlineData(3, 0, ResetReason.TailLost)]
    [InlineData(4, 6, null)]
    [InlineData(5, 6, null)]
    [InlineData(5, 9, ResetReason.TailLost)]
    [InlineData(6, 6, null)]
    [InlineData(6, 9, ResetReason.TailLost)]
    [InlineData(6, 7, ResetReason.TailLost)]
    [InlineData(7, 7, null)]
    [InlineData(7, 6, ResetReason.TailLost)]
    [InlineData(8, 7, ResetReason.TailLost)]
    [InlineData(99, 9, ResetReason.TailLost)]
    public void Judge_Position_SaysWhetherItCanBeGoneOnFrom(long offset, ulong tag, ResetReason? expected) =>
        Assert.Equal(expected, Chain.Judge(new(offset, tag), Held.FirstOrDefault(entry => entry.Last.Offset > offset), Held[^1].Last));

    [Theory]
    [InlineData(0, 0, null)]
    [InlineData(0, 9, ResetReason.TailLost)]
    [InlineData(1, 1, ResetReason.TailLost)]
    public void Judge_NeverAppendedTo_OnlyZeroGoesOn(long offset, ulong tag, ResetReason? expected) =>
        Assert.Equal(expected, Chain.Judge(new(offset, tag), next: null, Position.Zero));

    [Theory]
    [InlineData(0, 0, ResetReason.Trimmed)]
    [InlineData(4, 6, ResetReason.Trimmed)]
    [InlineData(7, 7, null)]
    [InlineData(7, 6, ResetReason.TailLost)]
    [InlineData(8, 7, ResetReason.TailLost)]
    public void Judge_NoEntryIsHeld_OnlyTheHeadGoesOn(long offset, ulong tag, ResetReason? expected) =>
        Assert.Equal(expected, Chain.Judge(new(offset, tag), next: null, new(7, 7)));

    [Fact]
    public void Judge_ZeroOfAStreamThatHoldsAll_GoesOn()
    {
        Assert.Null(Chain.Judge(Position.Zero, Entry(2, 2, previous: 0), new(2, 2)));
        Assert.Equal(ResetReason.TailLost, Chain.Judge(new(0, 9), Entry(2, 2, previous: 0), new(2, 2)));
    }

    [Fact]
    public void Result_EntryThatDoesNotNameTheOneBefore_EndsThePage()
    {
        LogEntry[] broken = [Entry(1, 1, 0), Entry(2, 1, 1), Entry(3, 1, 9), Entry(4, 1, 3)];
        var page = Assert.IsType<ReadResult.Page>(Chain.Result(Position.Zero, broken, new(new(4, 4), 0)));

        Assert.Equal([1, 2], page.Entries.Select(entry => entry.Last.Offset));
        Assert.Equal(new(2, 2), page.End);
    }

    [Fact]
    public void Result_EntryAfterAHole_EndsThePage()
    {
        LogEntry[] holed = [Entry(1, 1, 0), Entry(3, 1, 1)];

        Assert.Equal(new(1, 1), Assert.IsType<ReadResult.Page>(Chain.Result(ReadFrom.Start, holed, new(new(3, 3), 0))).End);
    }

    [Fact]
    public void Result_NothingFound_EndsWhereTheReaderIsOrAtTheHead()
    {
        var head = new StreamHead(new(7, 7), 7);

        Assert.Equal(head.Head, Assert.IsType<ReadResult.Page>(Chain.Result(ReadFrom.Start, [], head)).End);
        Assert.Equal(head.Head, Assert.IsType<ReadResult.Page>(Chain.Result(head.Head, [], head)).End);
        Assert.Equal(new ReadResult.Reset(ResetReason.Trimmed, head), Chain.Result(Position.Zero, [], head));
    }

    [Fact]
    public void Position_Text_IsReadBack()
    {
        Assert.Equal("12.00000000000000ff", new Position(12, 255).ToString());
        Assert.True(Position.TryParse("12.00000000000000ff", out var position));
        Assert.Equal(new(12, 255), position);
        Assert.All(["", "12", "12.ff", "-1.00000000000000ff", "12.00000000000000fg", " 12.00000000000000ff"], text => Assert.False(Position.TryParse(text, out _)));
    }

    [Fact]
    public void Position_Texts_AreReadBackWithoutThoseThatAreNone()
    {
        Assert.Equal([new(12, 255), Position.Zero], Position.ParseAll("12.00000000000000ff nonsense 0.0000000000000000"));
        Assert.Empty(Position.ParseAll(""));
    }

    private static LogEntry Entry(long last, int count, ulong previous) => new(new(last, (ulong)last), previous, count, default);
}
