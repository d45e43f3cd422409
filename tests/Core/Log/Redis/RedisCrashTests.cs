using Serverless.Log;
using Serverless.Tests.Fixtures;
using Xunit;

namespace Serverless.Tests.Core.Log.Redis;

/// <summary>Redis is killed, with and without loss of the last entries.</summary>
public sealed class RedisCrashTests : IAsyncLifetime
{
    private readonly RedisServer _redis = new()
    {
        Settings = ["--appendonly", "yes", "--appendfsync", "always", "--auto-aof-rewrite-percentage", "0"],
    };

    public ValueTask InitializeAsync() => _redis.InitializeAsync();

    public ValueTask DisposeAsync() => _redis.DisposeAsync();

    [Fact]
    public async Task Kill_WhileManyAppend_LosesNothingAndResetsNobody()
    {
        const int Callers = 8, Each = 500;
        await using var writer = await OpenAsync();
        await using var reader = await OpenAsync();
        var start = (await reader.HeadAsync()).Head;
        await using var near = new Follower(writer, start);
        await using var far = new Follower(reader, start);
        var appending = Task.WhenAll(Enumerable.Range(0, Callers).Select(caller => Task.Run(async () =>
        {
            for (var i = 0; i < Each; i++)
            {
                await writer.AppendAsync($"{caller}:{i}");
            }
        })));
        foreach (var killAt in (int[])[400, 1500, 3000])
        {
            await far.TextsAsync(killAt);
            await _redis.RestartAsync();
        }

        await appending;

        var stored = await reader.ReadAsync(ReadFrom.Start);
        Assert.Equal(Callers * Each, stored.Count);
        foreach (var caller in stored.GroupBy(text => text[0]))
        {
            Assert.Equal(Enumerable.Range(0, Each).Select(i => $"{caller.Key}:{i}"), caller);
        }

        Assert.Equal(stored, await near.TextsAsync(stored.Count));
        Assert.Equal(stored, await far.TextsAsync(stored.Count));
        Assert.DoesNotContain(writer.Told.Lines.Concat(reader.Told.Lines), line => line.Id is 1345 or 1348);
    }

    [Fact]
    public async Task Kill_NothingLost_OldPositionsGoOn()
    {
        await using var node = await OpenAsync();
        var first = await node.AppendAsync("a");
        var last = await node.AppendAsync("b");
        await _redis.RestartAsync();

        Assert.Equal(["b"], await node.ReadAsync(first));
        Assert.Equal([], await node.ReadAsync(last));
        var next = await node.AppendAsync("c");
        Assert.Equal(3, next.Offset);
        Assert.Equal(["c"], await node.ReadAsync(last));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(40)]
    public async Task TailLost_PositionsBeforeTheCut_GoOnAndThoseBeyondAreReset(int damage)
    {
        await using var living = await OpenAsync();
        var kept = await living.AppendAsync("a", "b");
        var lost = await LoseAsync(living, damage, "c", "d");
        await using var fresh = await OpenAsync();

        foreach (var node in (RedisNode[])[living, fresh])
        {
            Assert.Equal([], await node.ReadAsync(kept));
            Assert.Equal(ResetReason.TailLost, await node.ResetAsync(lost));
        }

        await living.AppendAsync("e", "f", "g", "h");
        foreach (var node in (RedisNode[])[living, fresh])
        {
            Assert.Equal(["e", "f", "g", "h"], await node.ReadAsync(kept));
            Assert.Equal(ResetReason.TailLost, await node.ResetAsync(lost));
        }
    }

    [Fact]
    public async Task TailLost_Twice_EachPositionIsJudgedByWhatIsHeldNow()
    {
        await using var node = await OpenAsync();
        var a = await node.AppendAsync("a");
        var kept = await node.AppendAsync("b");
        var lostFirst = await LoseAsync(node, 0, "c", "d", "e");
        var (keptInSecond, lengthThen) = (await node.AppendAsync("c2"), Length());
        var lostSecond = await node.AppendAsync("d2", "e2");
        await CutAsync(lengthThen);
        var third = await node.AppendAsync("d3", "e3", "f3", "g3");

        Assert.Equal(7, third.Offset);
        Assert.Equal(["b", "c2", "d3", "e3", "f3", "g3"], await node.ReadAsync(a));
        Assert.Equal(["c2", "d3", "e3", "f3", "g3"], await node.ReadAsync(kept));
        Assert.Equal(["d3", "e3", "f3", "g3"], await node.ReadAsync(keptInSecond));
        Assert.Equal(ResetReason.TailLost, await node.ResetAsync(lostFirst));
        Assert.Equal(ResetReason.TailLost, await node.ResetAsync(lostFirst with { Offset = 3 }));
        Assert.Equal(ResetReason.TailLost, await node.ResetAsync(lostSecond));
    }

    [Fact]
    public async Task TailLost_TwiceWithinOneCut_PositionsOfBothAreReset()
    {
        await using var node = await OpenAsync();
        var kept = await node.AppendAsync("a");
        var length = Length();
        await node.AppendAsync("b");
        await _redis.RestartAsync();
        await node.HeadAsync();
        var forgotten = await node.AppendAsync("c");
        await CutAsync(length);

        Assert.Equal([], await node.ReadAsync(kept));
        Assert.Equal(ResetReason.TailLost, await node.ResetAsync(forgotten));
    }

    [Fact]
    public async Task TailLost_KeysOfLostEvents_AreForgotten()
    {
        await using var node = await OpenAsync();
        var kept = await node.AppendAsync("kept");
        var length = Length();
        await node.AppendAsync("lost");
        await CutAsync(length);

        var again = await node.AppendAsync("lost");
        Assert.Equal(2, again.Offset);
        Assert.Equal(kept.Offset, (await node.AppendAsync("kept")).Offset);
        Assert.Equal(["kept", "lost"], await node.ReadAsync(ReadFrom.Start));
    }

    [Fact]
    public async Task TailLost_QuietStream_ResetsFollowersBeyondTheCutOnly()
    {
        await using var writer = await OpenAsync();
        await using var reader = await OpenAsync();
        var kept = await writer.AppendAsync("a");
        await using var behind = new Follower(reader, kept);
        var length = Length();
        await using var beyond = new Follower(reader, await writer.AppendAsync("b"));
        Assert.Equal(["b"], await behind.TextsAsync(1));
        await CutAsync(length);

        var reset = await beyond.ResetAsync();
        Assert.Equal((ResetReason.TailLost, kept), (reset.Reason, reset.Head.Head));
        Assert.Equal(ResetReason.TailLost, (await behind.ResetAsync()).Reason);
        await using var afresh = new Follower(reader, reset.Head.Head);
        await using var returned = new Follower(reader, kept);
        await writer.AppendAsync("c");
        Assert.Equal(["c"], await afresh.TextsAsync(1));
        Assert.Equal(["c"], await returned.TextsAsync(1));
    }

    [Fact]
    public async Task TailLost_FollowersThatHadNotComeToIt_GoOnAlsoWhereItWasAppended()
    {
        await using var writer = await OpenAsync();
        await using var reader = await OpenAsync();
        await writer.AppendAsync("a");
        await using var near = writer.Log.FollowAsync(RedisNode.Stream, ReadFrom.Start, TestContext.Current.CancellationToken).GetAsyncEnumerator();
        await using var far = reader.Log.FollowAsync(RedisNode.Stream, ReadFrom.Start, TestContext.Current.CancellationToken).GetAsyncEnumerator();
        Assert.Equal(["a"], await NextAsync(near));
        Assert.Equal(["a"], await NextAsync(far));
        await LoseAsync(writer, 0, "b");
        await writer.AppendAsync("c");

        Assert.Equal(["c"], await NextAsync(near));
        Assert.Equal(["c"], await NextAsync(far));
        Assert.Contains(writer.Told.Lines, line => line.Id == 1345);
    }

    [Fact]
    public async Task TailLost_GrownBeyondTheOldHeadByAnotherThatHadNotReadIt_OnlyThoseWhoSawItAreReset()
    {
        await using var writer = await OpenAsync();
        await using var reader = await OpenAsync();
        await using var other = await OpenAsync();
        var kept = await other.AppendAsync("a");
        await using var saw = new Follower(reader, kept);
        await using var elsewhere = new Follower(other, kept);
        var length = Length();
        await writer.AppendAsync("b");
        await saw.TextsAsync(1);
        await elsewhere.TextsAsync(1);
        await using var late = reader.Log.FollowAsync(RedisNode.Stream, kept, TestContext.Current.CancellationToken).GetAsyncEnumerator();
        await _redis.KillAsync();
        _redis.CutAppendOnlyFile(length);
        await _redis.StartAsync();
        await using var fresh = await OpenAsync();
        await fresh.AppendAsync("b2");
        await fresh.AppendAsync("c2", "d2");

        Assert.Equal(ResetReason.TailLost, (await saw.ResetAsync()).Reason);
        Assert.Equal(ResetReason.TailLost, (await elsewhere.ResetAsync()).Reason);
        Assert.Equal(["b"], saw.Texts);
        Assert.Equal("b2", (await NextAsync(late)).First());
        Assert.Equal(["b2", "c2", "d2"], await reader.ReadAsync(kept));
    }

    [Fact]
    public async Task TailLost_LongOneOnALivingNode_TheNewestCommonEntryIsFound()
    {
        await using var writer = await OpenAsync();
        await using var reader = await OpenAsync();
        await using var follower = new Follower(reader, ReadFrom.Start);
        for (var i = 0; i < 300; i++)
        {
            await writer.AppendAsync($"{i}");
        }

        await follower.TextsAsync(300);
        var (length, kept) = (Length(), (await writer.HeadAsync()).Head);
        await using var behind = new Follower(reader, kept);
        for (var i = 300; i < 500; i++)
        {
            await writer.AppendAsync($"{i}");
        }

        await behind.TextsAsync(200);
        await CutAsync(length);

        Assert.Equal(ResetReason.TailLost, (await follower.ResetAsync()).Reason);
        Assert.Equal(ResetReason.TailLost, (await behind.ResetAsync()).Reason);
        Assert.Contains(
            "lost the events behind offset 300, which this node had read up to 500", Assert.Single(reader.Told.Lines, line => line.Id == 1348).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Kill_OnceASecondOnly_WhatComesBackIsReadOnOrReset()
    {
        await _redis.CommandAsync("CONFIG", "SET", "appendfsync", "everysec");
        await using var writer = await OpenAsync();
        await using var reader = await OpenAsync();
        await using var follower = new Follower(reader, ReadFrom.Start);
        for (var i = 0; i < 500; i++)
        {
            await writer.AppendAsync($"{i}");
        }

        await follower.TextsAsync(500);
        await _redis.RestartAsync();
        for (var i = 500; i < 510; i++)
        {
            await writer.AppendAsync($"{i}");
        }

        // the machine lives, so the file has all that was written to it
        Assert.Equal(Enumerable.Range(0, 510).Select(i => $"{i}"), await follower.TextsAsync(510));
    }

    [Fact]
    public async Task Reopen_NothingHappenedToRedis_HeadStays()
    {
        await using var first = await OpenAsync();
        var position = await first.AppendAsync("a");
        await first.DisposeAsync();
        await using var second = await OpenAsync();

        Assert.Equal(position, (await second.HeadAsync()).Head);
    }

    private static async Task<IEnumerable<string>> NextAsync(IAsyncEnumerator<ReadResult> follow)
    {
        Assert.True(await follow.MoveNextAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30)));
        return RedisNode.Texts(Assert.IsType<ReadResult.Page>(follow.Current).Entries);
    }

    private Task<RedisNode> OpenAsync() => RedisNode.OpenAsync(_redis.EndPoint);

    private long Length() => new FileInfo(_redis.AppendOnlyFile).Length;

    /// <summary>Appends texts, which a crash then takes; of the first of them so many bytes are left in the file.</summary>
    private async Task<Position> LoseAsync(RedisNode node, int damage, params string[] texts)
    {
        var length = Length();
        var lost = await node.AppendAsync(texts);
        await CutAsync(length + damage);
        return lost;
    }

    private async Task CutAsync(long length)
    {
        await _redis.KillAsync();
        _redis.CutAppendOnlyFile(length);
        await _redis.StartAsync();
    }
}
