using Serverless.Tests.Fixtures;
using Xunit;

namespace Serverless.Tests.Core.Log.Redis;

/// <summary>A sentinel promotes the replica.</summary>
public sealed class RedisSentinelTests : IAsyncLifetime
{
    private readonly RedisSentinel _redis = new();

    public ValueTask InitializeAsync() => _redis.InitializeAsync();

    public ValueTask DisposeAsync() => _redis.DisposeAsync();

    [Fact]
    public async Task MasterIsKilled_NodeGoesOnAtTheNewOne_AndNobodyIsReset()
    {
        await using var node = await RedisNode.OpenAsync(_redis.Configuration);
        var first = await node.AppendAsync("a");
        await using var follower = new Follower(node, first);
        await node.AppendAsync("b");
        await _redis.WaitForReplicaAsync();
        await _redis.First.KillAsync();

        Assert.Equal(3, (await node.AppendAsync("c")).Offset);
        Assert.Equal(["b", "c"], await follower.TextsAsync(2));
        Assert.Equal(["b", "c"], await node.ReadAsync(first));
    }
}
