using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Serverless.Log;
using Serverless.Log.Redis;
using Serverless.Tests.Fixtures;
using Xunit;

namespace Serverless.Tests.Core.Log.Redis;

/// <summary>Redis is out of reach, emptied, or set up otherwise.</summary>
public sealed class RedisOutageTests : IAsyncLifetime
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(15);

    private readonly RedisServer _redis = new() { Settings = ["--appendonly", "yes", "--appendfsync", "always"] };

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => _redis.InitializeAsync();

    public ValueTask DisposeAsync() => _redis.DisposeAsync();

    [Fact]
    public async Task Pause_AppendsFailInTime_FollowersGoOnAfterwards()
    {
        await using var node = await RedisNode.OpenAsync($"{_redis.EndPoint},asyncTimeout=1000");
        await using var follower = new Follower(node, await node.AppendAsync("a"));
        await _redis.PauseAsync();
        var failure = await UnavailableAsync(node.Log.AppendAsync(RedisNode.Stream, RedisNode.Batch("b"), Stop));
        await UnavailableAsync(node.Log.HeadAsync(RedisNode.Stream, Stop));
        await UnavailableAsync(node.Log.ReadAsync(RedisNode.Stream, ReadFrom.Start, 1, Stop));
        await _redis.ResumeAsync();
        await node.AppendAsync("b");
        await node.AppendAsync("c");

        Assert.Contains("chat/0", failure.Message, StringComparison.Ordinal);
        Assert.Contains("repeat the append with the same keys", failure.Message, StringComparison.Ordinal);
        Assert.Equal(["b", "c"], await follower.TextsAsync(2));
    }

    [Fact]
    public async Task Pause_AppendUnderWay_IsAnsweredAfterIt()
    {
        await using var node = await RedisNode.OpenAsync(_redis.EndPoint);
        await using var follower = new Follower(node, (await node.HeadAsync()).Head);
        await _redis.PauseAsync();
        var appending = node.AppendAsync("a");
        await _redis.ResumeAsync();

        Assert.Equal(1, (await appending).Offset);
        Assert.Equal(["a"], await follower.TextsAsync(1));
    }

    [Fact]
    public async Task Down_AppendFailsAtOnce_FollowersWaitAndAreToldOfOnce()
    {
        await using var node = await RedisNode.OpenAsync(_redis.EndPoint);
        await using var follower = new Follower(node, await node.AppendAsync("a"));
        await node.AppendAsync("b");
        await follower.TextsAsync(1);
        await _redis.KillAsync();
        await UnavailableAsync(node.Log.AppendAsync(RedisNode.Stream, RedisNode.Batch("c"), Stop));
        await using var late = new Follower(node, ReadFrom.Start);
        await Wait.UntilAsync(() => Task.FromResult(node.Told.Lines.Count(line => line.Id == 1342) > 3), "the reader tries again");
        await _redis.StartAsync();
        await node.AppendAsync("c");

        Assert.Equal(["b", "c"], await follower.TextsAsync(2));
        Assert.Equal(["a", "b", "c"], await late.TextsAsync(3));
        await Wait.UntilAsync(() => Task.FromResult(node.Told.Lines.Any(line => line.Id == 1343)), "the end is told");
        // a machine that stands still may cut the reader off once more: that is told again
        Assert.Single(node.Told.Lines.TakeWhile(line => line.Id != 1343), line => line.Level == LogLevel.Warning);
    }

    [Fact]
    public async Task Flushall_QuietStream_FollowersAreResetAndGoOnAfresh()
    {
        await using var node = await RedisNode.OpenAsync(_redis.EndPoint);
        await using var other = await RedisNode.OpenAsync(_redis.EndPoint);
        var old = await node.AppendAsync("a", "b");
        await using var near = new Follower(node, old);
        await using var far = new Follower(other, old);
        await node.AppendAsync("c");
        await near.TextsAsync(1);
        await far.TextsAsync(1);
        await _redis.CommandAsync("FLUSHALL");

        var reset = await near.ResetAsync();
        Assert.Equal((ResetReason.TailLost, Position.Zero), (reset.Reason, reset.Head.Head));
        Assert.Equal(ResetReason.TailLost, (await far.ResetAsync()).Reason);
        await using var afresh = new Follower(other, reset.Head.Head);
        Assert.Equal(1, (await node.AppendAsync("a")).Offset);
        Assert.Equal(["a"], await afresh.TextsAsync(1));
        Assert.Equal(ResetReason.TailLost, await node.ResetAsync(old));
    }

    [Fact]
    public async Task Flushall_FollowersOfNothing_GoOn()
    {
        await using var node = await RedisNode.OpenAsync(_redis.EndPoint);
        await using var other = await RedisNode.OpenAsync(_redis.EndPoint);
        await using var follower = new Follower(other, ReadFrom.Start);
        await node.AppendAsync("a");
        await follower.TextsAsync(1);
        await using var waiting = new Follower(other, (await node.HeadAsync()).Head);
        await _redis.CommandAsync("FLUSHALL");
        await waiting.ResetAsync();
        await using var empty = new Follower(other, ReadFrom.Start);
        await node.AppendAsync("b");

        Assert.Equal(["b"], await empty.TextsAsync(1));
        Assert.Equal(ResetReason.TailLost, (await follower.ResetAsync()).Reason);
    }

    [Fact]
    public async Task Scripts_Flushed_AppendsGoOn()
    {
        await using var node = await RedisNode.OpenAsync(_redis.EndPoint);
        await node.AppendAsync("a");
        await _redis.CommandAsync("SCRIPT", "FLUSH");
        var position = Assert.IsType<AppendResult.Appended>(await node.Log.AppendAsync(RedisNode.Stream, RedisNode.Batch("b"), Stop)).Last;

        Assert.Equal(2, position.Offset);
        Assert.Contains("cmdstat_evalsha", await _redis.CommandAsync("INFO", "commandstats"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_OtherPartitions_IsRefused()
    {
        await using var node = await RedisNode.OpenAsync(_redis.EndPoint);
        var refused = await Assert.ThrowsAsync<LogOpenException>(() => RedisNode.OpenAsync(_redis.EndPoint, options => options.RedisPartitions = 4));

        Assert.Contains("in 8 partitions", refused.Message, StringComparison.Ordinal);
        Assert.Contains("set Serverless:Log:RedisPartitions to 8", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_RedisThatEvictsStreams_WarnsOfIt()
    {
        await _redis.CommandAsync("CONFIG", "SET", "maxmemory-policy", "allkeys-lru");
        await using var node = await RedisNode.OpenAsync(_redis.EndPoint);

        Assert.Contains("allkeys-lru", Assert.Single(node.Told.Lines, line => line.Level == LogLevel.Warning).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_StoreOfAnEarlierVersion_SaysWhatToDo()
    {
        await _redis.CommandAsync("SET", "serverless:partitions", "8");
        var refused = await Assert.ThrowsAsync<LogOpenException>(() => RedisNode.OpenAsync(_redis.EndPoint));
        await using var elsewhere = await RedisNode.OpenAsync(_redis.EndPoint, options => options.RedisPrefix = "other");

        Assert.Contains("set another Serverless:Log:RedisPrefix", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_RedisWithoutPersistence_WarnsOfIt()
    {
        await _redis.CommandAsync("CONFIG", "SET", "appendonly", "no");
        await using var node = await RedisNode.OpenAsync(_redis.EndPoint);

        Assert.Contains("set appendonly yes", Assert.Single(node.Told.Lines, line => line.Level == LogLevel.Warning).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_Replica_WarnsOfIt()
    {
        await using var replica = new RedisServer { Settings = ["--appendonly", "yes"] };
        await replica.InitializeAsync();
        await replica.ReplicateAsync(_redis);
        // the first node leaves its keys, which the replica then has
        await using var first = await RedisNode.OpenAsync(_redis.EndPoint);
        var refused = await Assert.ThrowsAsync<LogOpenException>(() => RedisNode.OpenAsync(replica.EndPoint));

        Assert.Contains("only a replica answers", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(",user=node,password=wrong", "refuses the user or the password")]
    [InlineData("", "refuses the user or the password")]
    [InlineData(",user=poor,password=right", "give the user the rights in docs/redis.md")]
    public async Task Open_UserThatIsRefused_SaysWhatToCorrect(string user, string remedy)
    {
        await _redis.CommandAsync("ACL", "SETUSER", "node", "on", ">right", "~*", "&*", "+@all");
        await _redis.CommandAsync("ACL", "SETUSER", "poor", "on", ">right", "~*", "&*", "-@all", "+ping", "+echo");
        await _redis.CommandAsync("ACL", "SETUSER", "default", "resetpass");
        var refused = await Assert.ThrowsAsync<LogOpenException>(() => RedisNode.OpenAsync($"{_redis.EndPoint},connectTimeout=1000{user}"));

        Assert.Contains(remedy, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("wrong", refused.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_NoRedis_NamesTheServerAndNoPassword()
    {
        using var closed = new ClosedPort();
        var nowhere = $"{closed.EndPoint},password=hush,connectTimeout=500";
        var refused = await Assert.ThrowsAsync<LogOpenException>(() => RedisNode.OpenAsync(nowhere));

        Assert.Matches(@"127\.0\.0\.1:\d+ can't be opened", refused.Message);
        Assert.DoesNotContain("hush", refused.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("host:1,hush=hush")]
    [InlineData("password=hush")]
    public async Task Open_BadConfiguration_SaysWhatToSet(string? configuration)
    {
        var refused = await Assert.ThrowsAsync<LogOpenException>(() => RedisNode.OpenAsync(configuration!));

        Assert.Contains("Serverless:Log:Redis", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hush", refused.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Description_NamesServersAndPartitions_NoPassword()
    {
        var options = new LogOptions { Redis = "one.example,two.example:7000,password=hush" };
        var log = new RedisEventLog(Options.Create(options), TimeProvider.System, new RecordedLog());

        Assert.Equal("redis: one.example:6379, two.example:7000, 8 partitions", log.Description);
    }

    private static Task<LogUnavailableException> UnavailableAsync<T>(ValueTask<T> asked) =>
        Assert.ThrowsAsync<LogUnavailableException>(() => asked.AsTask().WaitAsync(Bound));
}
