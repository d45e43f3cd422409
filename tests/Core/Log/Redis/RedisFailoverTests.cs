using Serverless.Log;
using Serverless.Tests.Fixtures;
using Xunit;

namespace Serverless.Tests.Core.Log.Redis;

/// <summary>A replica that doesn't have the last entries is the master for a while, behind an address that always leads to the master.</summary>
public sealed class RedisFailoverTests : IAsyncLifetime
{
    private readonly RedisServer _first = new() { Settings = ["--appendonly", "yes", "--appendfsync", "always"] };
    private readonly RedisServer _second = new() { Settings = ["--appendonly", "yes", "--appendfsync", "always"] };
    private FrontDoor? _door;

    private FrontDoor Door => _door!;

    public async ValueTask InitializeAsync()
    {
        await _first.InitializeAsync();
        await _second.InitializeAsync();
        _door = new(_first.Port);
    }

    public async ValueTask DisposeAsync()
    {
        await Door.DisposeAsync();
        await _first.DisposeAsync();
        await _second.DisposeAsync();
    }

    [Fact]
    public async Task Failover_NothingLost_FollowersGoOn()
    {
        await using var node = await RedisNode.OpenAsync(Door.EndPoint);
        var before = await node.AppendAsync("a");
        await using var follower = new Follower(node, before);
        await _second.ReplicateAsync(_first);
        await node.AppendAsync("b");
        await WaitForReplicaAsync();
        await _first.KillAsync();
        await PromoteSecondAsync();
        var after = await node.AppendAsync("c");

        Assert.Equal(["b", "c"], await follower.TextsAsync(2));
        Assert.Equal(3, after.Offset);
    }

    [Fact]
    public async Task Failover_ReplicaWithoutTheTail_ResetsWhoSawIt()
    {
        await using var node = await RedisNode.OpenAsync(Door.EndPoint);
        await using var other = await RedisNode.OpenAsync(Door.EndPoint);
        var (kept, lost) = await DivergeAsync(node);
        await using var beyond = new Follower(other, lost);
        await using var near = new Follower(node, kept);
        Assert.Equal(["c", "d"], await near.TextsAsync(2));
        Door.SwitchTo(_second.Port);

        Assert.Equal(ResetReason.TailLost, (await beyond.ResetAsync()).Reason);
        Assert.Equal(ResetReason.TailLost, (await near.ResetAsync()).Reason);
        await node.AppendAsync("c2", "d2", "e2");
        Assert.Equal(["c2", "d2", "e2"], await other.ReadAsync(kept));
        Assert.Equal(ResetReason.TailLost, await other.ResetAsync(lost));
    }

    [Fact]
    public async Task Failover_BothServersConfigured_NodeFindsTheNewMaster()
    {
        await _second.ReplicateAsync(_first);
        await using var node = await RedisNode.OpenAsync($"{_first.EndPoint},{_second.EndPoint}");
        var before = await node.AppendAsync("a");
        await using var follower = new Follower(node, before);
        await WaitForReplicaAsync();
        await _first.KillAsync();
        await _second.CommandAsync("REPLICAOF", "NO", "ONE");

        Assert.Equal(2, (await node.AppendAsync("b")).Offset);
        Assert.Equal(["b"], await follower.TextsAsync(1));
    }

    [Fact]
    public async Task Failover_MasterBecameReplica_NodeFindsTheNewMaster()
    {
        await _second.ReplicateAsync(_first);
        await using var node = await RedisNode.OpenAsync($"{_first.EndPoint},{_second.EndPoint}");
        var before = await node.AppendAsync("a");
        await using var follower = new Follower(node, before);
        await WaitForReplicaAsync();
        await _second.CommandAsync("REPLICAOF", "NO", "ONE");
        await _first.ReplicateAsync(_second);

        Assert.Equal(2, (await node.AppendAsync("b")).Offset);
        Assert.Equal(["b"], await follower.TextsAsync(1));
    }

    [Fact]
    public async Task Failback_ToTheOldMasterAsItWas_EachPositionGoesOnWhereItWasOrIsReset()
    {
        await using var node = await RedisNode.OpenAsync(Door.EndPoint);
        var (kept, tail) = await DivergeAsync(node);
        Door.SwitchTo(_second.Port);
        var elsewhere = await node.AppendAsync("c2");
        await using var follower = new Follower(node, elsewhere);
        await Wait.UntilAsync(async () => (await node.HeadAsync()).Head == elsewhere, "the second server answers");
        Door.SwitchTo(_first.Port);

        Assert.Equal(ResetReason.TailLost, (await follower.ResetAsync()).Reason);
        Assert.Equal(["c", "d"], await node.ReadAsync(kept));
        Assert.Equal([], await node.ReadAsync(tail));
        Assert.Equal(ResetReason.TailLost, await node.ResetAsync(elsewhere));
        await node.AppendAsync("e");
        Assert.Equal(["e"], await node.ReadAsync(tail));
        Assert.Equal(ResetReason.TailLost, await node.ResetAsync(elsewhere));
    }

    [Fact]
    public async Task Failback_ReaderThatSawNothingOfTheOther_GoesOn()
    {
        await using var node = await RedisNode.OpenAsync(Door.EndPoint);
        var (kept, _) = await DivergeAsync(node);
        Door.SwitchTo(_second.Port);
        await using var reader = await RedisNode.OpenAsync(Door.EndPoint);
        await using var follower = new Follower(reader, kept);
        await Wait.UntilAsync(async () => (await reader.HeadAsync()).Head == kept, "the second server answers");
        Door.SwitchTo(_first.Port);

        Assert.Equal(["c", "d"], await follower.TextsAsync(2));
    }

    [Fact]
    public async Task Failback_OldMasterTookOverTheReplicasData_LostTailIsReset()
    {
        await using var node = await RedisNode.OpenAsync(Door.EndPoint);
        var (kept, lost) = await DivergeAsync(node);
        Door.SwitchTo(_second.Port);
        var between = await node.AppendAsync("c2");
        await _first.ReplicateAsync(_second);
        await _first.CommandAsync("REPLICAOF", "NO", "ONE");
        Door.SwitchTo(_first.Port);
        await node.AppendAsync("d3", "e3");

        Assert.Equal(["c2", "d3", "e3"], await node.ReadAsync(kept));
        Assert.Equal(["d3", "e3"], await node.ReadAsync(between));
        Assert.Equal(ResetReason.TailLost, await node.ResetAsync(lost));
    }

    [Fact]
    public async Task Replica_Lagging_IsNotAskedAndItsAnswerDecidesNothing()
    {
        await using var node = await RedisNode.OpenAsync(_first.EndPoint);
        await node.AppendAsync("a");
        await _second.ReplicateAsync(_first);
        await WaitForReplicaAsync();
        await _second.PauseAsync();
        var last = await node.AppendAsync("b");
        // the one address leads to the replica now, as when a name isn't updated yet
        await using var door = new FrontDoor(_first.Port);
        await using var reader = await RedisNode.OpenAsync($"{door.EndPoint},asyncTimeout=1000");
        await using var follower = new Follower(reader, last);
        door.SwitchTo(_second.Port);
        await _second.ResumeAsync();
        await Assert.ThrowsAsync<LogUnavailableException>(() => UnreachableAsync(() => reader.Log.ReadAsync(RedisNode.Stream, last, 1000, TestContext.Current.CancellationToken).AsTask()));
        await Assert.ThrowsAsync<LogUnavailableException>(() => UnreachableAsync(() => reader.Log.HeadAsync(RedisNode.Stream, TestContext.Current.CancellationToken).AsTask()));
        door.SwitchTo(_first.Port);
        await node.AppendAsync("c");

        Assert.Equal(["c"], await follower.TextsAsync(1));
    }

    /// <summary>Two entries on both servers, then one on the first alone.</summary>
    private async Task<(Position Kept, Position Tail)> DivergeAsync(RedisNode node)
    {
        await _second.ReplicateAsync(_first);
        await node.AppendAsync("a");
        var kept = await node.AppendAsync("b");
        await WaitForReplicaAsync();
        await _second.CommandAsync("REPLICAOF", "NO", "ONE");
        return (kept, await node.AppendAsync("c", "d"));
    }

    private async Task PromoteSecondAsync()
    {
        await _second.CommandAsync("REPLICAOF", "NO", "ONE");
        Door.SwitchTo(_second.Port);
    }

    private Task WaitForReplicaAsync() => _second.CatchUpAsync(_first);

    /// <summary>Asks until it is refused.</summary>
    private static async Task UnreachableAsync<T>(Func<Task<T>> ask)
    {
        while (true)
        {
            await ask();
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
    }
}
