using Serverless.Log;
using Xunit;

namespace Serverless.Tests.Core.Log;

public sealed class KeyWindowTests
{
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(5);
    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly KeyWindow _keys = new(Window);

    [Theory]
    [InlineData(0)]
    [InlineData(299)]
    public void TryGet_OneWindowAfterAdding_IsKnown(int secondsIntoWindow)
    {
        AddAt(Noon.AddSeconds(secondsIntoWindow));
        _keys.Advance(Noon.AddSeconds(secondsIntoWindow) + Window);

        Assert.True(_keys.TryGet("k", out var offset));
        Assert.Equal(7, offset);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(299)]
    public void TryGet_TwoWindowsAfterAddingOnAQuietStream_IsForgotten(int secondsIntoWindow)
    {
        AddAt(Noon.AddSeconds(secondsIntoWindow));
        _keys.Advance(Noon.AddSeconds(secondsIntoWindow) + (2 * Window));

        Assert.False(_keys.TryGet("k", out _));
    }

    [Fact]
    public void Advance_ClockGoesBack_ForgetsNothing()
    {
        AddAt(Noon);

        Assert.Equal(0, _keys.Advance(Noon - TimeSpan.FromDays(1)));
        Assert.True(_keys.TryGet("k", out _));
        Assert.Equal(Noon, _keys.Now);
    }

    private void AddAt(DateTimeOffset time)
    {
        _keys.Advance(time);
        _keys.Add("k", 7);
    }
}
