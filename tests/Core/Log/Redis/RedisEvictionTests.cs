using Serverless.Log;
using Serverless.Log.Redis;
using Serverless.Tests.Fixtures;
using Xunit;

namespace Serverless.Tests.Core.Log.Redis;

/// <summary>Redis evicts keys of a stream, one by one or together.</summary>
public sealed class RedisEvictionTests : IAsyncLifetime
{
    private static readonly RedisKeys Keys = RedisKeys.Of(new(), RedisNode.Stream);

    private readonly RedisServer _redis = new();

    public ValueTask InitializeAsync() => _redis.InitializeAsync();

    public ValueTask DisposeAsync() => _redis.DisposeAsync();

    [Fact]
    public async Task Entries_ReadersAtTheHeadGoOn_OthersAreToldThatWhatFollowsIsTrimmed()
    {
        await using var node = await RedisNode.OpenAsync(_redis.EndPoint);
        var first = await node.AppendAsync("a", "b");
        await using var behind = new Follower(node, first);
        var last = await node.AppendAsync("c");
        Assert.Equal(["c"], await behind.TextsAsync(1));
        await EvictAsync(Keys.Log);

        Assert.Equal(ResetReason.Trimmed, await node.ResetAsync(first));
        Assert.Equal(new StreamHead(last, 3), await node.HeadAsync());
        Assert.Equal([], await node.ReadAsync(ReadFrom.Start));
        Assert.Equal(4, (await node.AppendAsync("d")).Offset);
        Assert.Equal(["c", "d"], await behind.TextsAsync(2));
        Assert.Equal(["d"], await node.ReadAsync(last));
        Assert.Equal(3, (await node.HeadAsync()).Trimmed);
    }

    [Fact]
    public async Task SideKey_NobodyIsReset_AndWhatItCountedIsCountedAnew()
    {
        await using var node = await RedisNode.OpenAsync(_redis.EndPoint);
        var first = await node.AppendAsync("a");
        await using var follower = new Follower(node, await node.AppendAsync("b", "c"));
        await node.Log.TrimAsync(RedisNode.Stream, 1, TestContext.Current.CancellationToken);
        await EvictAsync(Keys.Side);

        Assert.Equal(new StreamHead((await node.HeadAsync()).Head, 1), await node.HeadAsync());
        Assert.Equal(["b", "c"], await node.ReadAsync(first));
        Assert.Equal(4, (await node.AppendAsync("d")).Offset);
        Assert.Equal(["d"], await follower.TextsAsync(1));
        Assert.Equal(["b", "c", "d"], await node.ReadAsync(first));
        Assert.Equal(1, (await node.HeadAsync()).Trimmed);
        var held = RedisNode.Batch("b", "c").Frame.Length + RedisNode.Batch("d").Frame.Length;
        Assert.Equal($"{held}", (await _redis.CommandAsync("HGET", Keys.Side.ToString(), "bytes")).Trim());
    }

    [Fact]
    public async Task SideKey_KeysOfWhatIsThere_AreStillKnown()
    {
        await using var node = await RedisNode.OpenAsync(_redis.EndPoint);
        var kept = await node.AppendAsync("a", "b");
        await EvictAsync(Keys.Side);

        Assert.Equal(kept, await node.AppendAsync("a", "b"));
        Assert.Equal(["a", "b"], await node.ReadAsync(ReadFrom.Start));
    }

    [Fact]
    public async Task SideKeyOfATrimmedStream_AppendsGoOn()
    {
        await using var node = await RedisNode.OpenAsync(_redis.EndPoint);
        await node.AppendAsync("a");
        await node.AppendAsync("b");
        await node.Log.TrimAsync(RedisNode.Stream, 2, TestContext.Current.CancellationToken);
        await EvictAsync(Keys.Side);

        Assert.Equal(3, (await node.AppendAsync("c")).Offset);
        Assert.Equal(["b", "c"], await node.ReadAsync(ReadFrom.Start));
    }

    [Fact]
    public async Task Both_KeysLeftBehind_SwallowNothing()
    {
        await using var node = await RedisNode.OpenAsync(_redis.EndPoint);
        var lost = await node.AppendAsync("a", "b");
        await using var follower = new Follower(node, lost);
        await EvictAsync(Keys.Side);
        await EvictAsync(Keys.Log);

        Assert.Equal(ResetReason.TailLost, (await follower.ResetAsync()).Reason);
        Assert.Equal(1, (await node.AppendAsync("b")).Offset);
        Assert.Equal(2, (await node.AppendAsync("a")).Offset);
        Assert.Equal(["b", "a"], await node.ReadAsync(ReadFrom.Start));
        Assert.Equal(ResetReason.TailLost, await node.ResetAsync(lost));
    }

    [Fact]
    public async Task EntriesThenSideKey_StreamBeginsAnew_AndWhoSawTheOldOneIsReset()
    {
        await using var node = await RedisNode.OpenAsync(_redis.EndPoint);
        var lost = await node.AppendAsync("a", "b");
        await EvictAsync(Keys.Log);
        var between = await node.AppendAsync("c");
        await EvictAsync(Keys.Log);
        await EvictAsync(Keys.Side);

        Assert.Equal(ResetReason.TailLost, await node.ResetAsync(between));
        await node.AppendAsync("d", "e", "f", "g");
        Assert.Equal(ResetReason.TailLost, await node.ResetAsync(lost));
        Assert.Equal(ResetReason.TailLost, await node.ResetAsync(between));
        Assert.Equal(["d", "e", "f", "g"], await node.ReadAsync(Position.Zero));
    }

    private async Task EvictAsync(StackExchange.Redis.RedisKey key) => Assert.Equal("1", (await _redis.CommandAsync("DEL", key.ToString())).Trim());
}
