using Serverless.Log;
using Serverless.Log.Redis;
using Serverless.Tests.Fixtures;
using Xunit;

namespace Serverless.Tests.Core.Log.Redis;

/// <summary>A cluster moves a slot from one master to another, key by key.</summary>
public sealed class RedisSlotMoveTests(RedisCluster cluster) : IClassFixture<RedisCluster>
{
    [Fact]
    public async Task SlotMoves_StreamGoesOnAndNobodyIsReset()
    {
        await using var node = await RedisNode.OpenAsync(cluster.EndPoints);
        var first = await node.AppendAsync("a");
        await using var follower = new Follower(node, first);
        await node.AppendAsync("b");
        Assert.Equal(["b"], await follower.TextsAsync(1));
        var keys = RedisKeys.Of(new(), RedisNode.Stream);
        var slot = (await cluster.Servers[0].CommandAsync("CLUSTER", "KEYSLOT", keys.Log.ToString())).Trim();
        var (source, target) = await OwnersAsync(keys.Log.ToString());
        await target.CommandAsync("CLUSTER", "SETSLOT", slot, "IMPORTING", await IdAsync(source));
        await source.CommandAsync("CLUSTER", "SETSLOT", slot, "MIGRATING", await IdAsync(target));
        await node.AppendAsync("c");
        await MoveAsync(source, target, keys.Side.ToString());

        // the keys stand in two places now: an append is refused, in time, and repeated
        var refused = node.Log.AppendAsync(RedisNode.Stream, RedisNode.Batch("d"), TestContext.Current.CancellationToken).AsTask();
        await Assert.ThrowsAsync<LogUnavailableException>(() => refused.WaitAsync(TimeSpan.FromSeconds(15)));
        var appending = node.AppendAsync("d");
        await MoveAsync(source, target, keys.Log.ToString());
        await MoveAsync(source, target, keys.Keys.ToString());
        await appending;
        foreach (var server in cluster.Servers)
        {
            await server.CommandAsync("CLUSTER", "SETSLOT", slot, "NODE", await IdAsync(target));
        }

        await node.AppendAsync("e");
        Assert.Equal(["b", "c", "d", "e"], await follower.TextsAsync(4));
        Assert.Equal(["b", "c", "d", "e"], await node.ReadAsync(first));
    }

    /// <summary>A call that names a stream without keys is refused for all of them meanwhile.</summary>
    [Fact]
    public async Task SlotMoves_StreamWithoutEntriesIsFollowedToo_OthersGetTheirs()
    {
        await using var node = await RedisNode.OpenAsync(cluster.EndPoints, options => (options.RedisPartitions, options.RedisPrefix) = (1, "empty"));
        var first = await node.AppendAsync("a");
        await using var empty = node.Log.FollowAsync(new("nothing"), ReadFrom.Start, TestContext.Current.CancellationToken).GetAsyncEnumerator();
        var waiting = empty.MoveNextAsync();
        await using var follower = new Follower(node, first);
        await node.AppendAsync("b");
        await follower.TextsAsync(1);
        var key = RedisKeys.Of(new() { RedisPartitions = 1, RedisPrefix = "empty" }, RedisNode.Stream).Log.ToString();
        var slot = (await cluster.Servers[0].CommandAsync("CLUSTER", "KEYSLOT", key)).Trim();
        var (source, target) = await OwnersAsync(key);
        await target.CommandAsync("CLUSTER", "SETSLOT", slot, "IMPORTING", await IdAsync(source));
        await source.CommandAsync("CLUSTER", "SETSLOT", slot, "MIGRATING", await IdAsync(target));
        await node.AppendAsync("c");
        Assert.Equal(["b", "c"], await follower.TextsAsync(2));
        await node.AppendAsync("d");
        Assert.Equal(["b", "c", "d"], await follower.TextsAsync(3));
        await source.CommandAsync("CLUSTER", "SETSLOT", slot, "STABLE");
        await target.CommandAsync("CLUSTER", "SETSLOT", slot, "STABLE");

        await RedisNode.WhenReachableAsync(() => node.Log.AppendAsync(new("nothing"), RedisNode.Batch("x"), TestContext.Current.CancellationToken).AsTask());
        Assert.True(await waiting.AsTask().WaitAsync(TimeSpan.FromSeconds(30)));
    }

    private static async Task<string> IdAsync(RedisServer server) => (await server.CommandAsync("CLUSTER", "MYID")).Trim();

    private static async Task MoveAsync(RedisServer source, RedisServer target, string key) =>
        Assert.Equal("OK", (await source.CommandAsync("MIGRATE", "127.0.0.1", $"{target.Port}", key, "0", "5000")).Trim());

    private async Task<(RedisServer Source, RedisServer Target)> OwnersAsync(string key)
    {
        foreach (var server in cluster.Servers)
        {
            if ((await server.CommandAsync("EXISTS", key)).Trim() == "1")
            {
                return (server, cluster.Servers.First(other => other != server));
            }
        }

        throw new InvalidOperationException($"No master has {key}.");
    }
}
