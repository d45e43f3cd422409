using Serverless.Log;
using Xunit;

namespace Serverless.Tests.Core.Log;

public abstract partial class EventLogConformance
{
    [Fact]
    public async Task Follow_HistoryThenLive_GivesEachEventOnceInOrder()
    {
        await AppendAsync("a");
        await using var follow = Log.FollowAsync(Chat, ReadFrom.Start, Stop).GetAsyncEnumerator();
        Assert.Equal(["a"], await NextAsync(follow));
        await AppendAsync("b");
        Assert.Equal(["b"], await NextAsync(follow));
        await AppendAsync("c", "d");
        Assert.Equal(["c", "d"], await NextAsync(follow));
    }

    [Fact]
    public async Task Follow_WithinAnEntry_BeginsWithTheEntryWhole()
    {
        var last = await AppendAsync("a", "b");
        await using var follow = Log.FollowAsync(Chat, last with { Offset = 1 }, Stop).GetAsyncEnumerator();
        Assert.Equal(["a", "b"], await NextAsync(follow));
        await AppendAsync("c");
        Assert.Equal(["c"], await NextAsync(follow));
    }

    [Fact]
    public async Task Follow_AStreamThatIsEmpty_WaitsForItsFirstEntry()
    {
        await using var fromStart = Log.FollowAsync(Chat, ReadFrom.Start, Stop).GetAsyncEnumerator();
        await using var fromZero = Log.FollowAsync(Chat, Position.Zero, Stop).GetAsyncEnumerator();
        var waiting = new[] { NextAsync(fromStart), NextAsync(fromZero) };
        await AppendAsync("a");

        Assert.All(await Task.WhenAll(waiting), texts => Assert.Equal(["a"], texts));
    }

    [Fact]
    public async Task Follow_WhileManyAppend_MissesNothing()
    {
        var head = await Log.HeadAsync(Chat, Stop);
        var reading = Task.Run(async () =>
        {
            var texts = new List<string>();
            await foreach (var result in Log.FollowAsync(Chat, head.Head, Stop))
            {
                texts.AddRange(Texts(Assert.IsType<ReadResult.Page>(result).Entries));
                if (texts.Count == 3000)
                {
                    break;
                }
            }

            return texts;
        });
        for (var i = 0; i < 1000; i++)
        {
            await AppendAsync($"{i}", $"{i}+", $"{i}++");
        }

        Assert.Equal(Enumerable.Range(0, 1000).SelectMany(i => new[] { $"{i}", $"{i}+", $"{i}++" }), await reading);
    }

    [Fact]
    public async Task Follow_PositionThatIsTrimmed_EndsWithReset()
    {
        var first = await AppendAsync("a");
        await AppendAsync("b");
        await AppendAsync("c");
        await Log.TrimAsync(Chat, 2, Stop);

        Assert.Equal(ResetReason.Trimmed, await FollowToResetAsync(first));
    }

    [Fact]
    public async Task Follow_PositionOffTheChain_EndsWithResetAlsoOnAQuietStream()
    {
        var last = await AppendAsync("a");

        Assert.Equal(ResetReason.TailLost, await FollowToResetAsync(last with { Tag = 5 }));
        Assert.Equal(ResetReason.TailLost, await FollowToResetAsync(last with { Offset = 7 }));
        Assert.Equal(ResetReason.TailLost, await FollowToResetAsync(new(0, 5)));
    }

    [Fact]
    public async Task Follow_RightBeforeAnEntryWithItsTag_EndsWithResetAlsoWhileOthersFollow()
    {
        var first = await AppendAsync("a", "b");
        await using var other = Log.FollowAsync(Chat, ReadFrom.Start, Stop).GetAsyncEnumerator();
        Assert.Equal(["a", "b"], await NextAsync(other));
        var second = await AppendAsync("c", "d");
        Assert.Equal(["c", "d"], await NextAsync(other));

        Assert.Equal(ResetReason.TailLost, await FollowToResetAsync(first with { Offset = 0 }));
        Assert.Equal(ResetReason.TailLost, await FollowToResetAsync(second with { Offset = 2 }));
    }

    [Fact]
    public async Task Follow_Cancelled_Ends()
    {
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        await AppendAsync("a");
        await using var follow = Log.FollowAsync(Chat, ReadFrom.Start, cancel.Token).GetAsyncEnumerator();
        await NextAsync(follow);
        var waiting = follow.MoveNextAsync().AsTask();
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }

    private async Task<ResetReason> FollowToResetAsync(Position from)
    {
        await using var follow = Log.FollowAsync(Chat, from, Stop).GetAsyncEnumerator();
        Assert.True(await follow.MoveNextAsync().In());
        var reason = Assert.IsType<ReadResult.Reset>(follow.Current).Reason;
        Assert.False(await follow.MoveNextAsync().In());
        return reason;
    }
}
