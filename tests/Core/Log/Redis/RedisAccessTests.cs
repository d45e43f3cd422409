using System.Text.RegularExpressions;
using System.Threading.Channels;
using Serverless.Log;
using Serverless.Log.Redis;
using Serverless.Tests.Fixtures;
using Xunit;

namespace Serverless.Tests.Core.Log.Redis;

/// <summary>The documented commands and access rules are those that the node needs.</summary>
public sealed partial class RedisAccessTests : IAsyncLifetime
{
    // what the client library needs besides: docs/redis.md, "What the client library sends besides"
    private static readonly string[] OfTheLibrary = ["ping", "echo", "cluster|nodes"];

    private readonly RedisServer _first = new() { Settings = ["--appendonly", "yes"] };
    private readonly RedisServer _second = new() { Settings = ["--appendonly", "yes"] };

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await _first.InitializeAsync();
        await _second.InitializeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _first.DisposeAsync();
        await _second.DisposeAsync();
    }

    [Fact]
    public void Scripts_CallWhatIsDocumented()
    {
        var assembly = typeof(RedisEventLog).Assembly;
        var called = assembly.GetManifestResourceNames().Where(name => name.EndsWith(".lua", StringComparison.Ordinal)).SelectMany(name =>
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
            return Call().Matches(reader.ReadToEnd()).Select(call => call.Groups[1].Value);
        });

        Assert.Equal(RedisDocument.Commands("script").Order(), called.Distinct().Order());
    }

    [Fact]
    public void AccessRules_AllowWhatIsDocumentedAndNoMore()
    {
        var documented = RedisDocument.Commands("script").Concat(RedisDocument.Commands("client")).Select(name => name.Replace(' ', '|').ToLowerInvariant());
        var allowed = RedisDocument.AccessRules.Where(rule => rule.StartsWith('+')).Select(rule => rule[1..]);

        Assert.Equal(documented.Concat(OfTheLibrary).Distinct().Order(), allowed.Order());
        Assert.Contains("-@all", RedisDocument.AccessRules);
    }

    [Fact]
    public async Task Node_CallsWhatIsDocumented()
    {
        await RedisAccessEventLogTests.GrantAsync(_first, "node", "serverless");
        await using (var node = await RedisNode.OpenAsync($"{_first.EndPoint},user=node,password=secret"))
        {
            var first = await node.AppendAsync("a");
            await using var follower = new Follower(node, first);
            await node.AppendAsync("b");
            await follower.TextsAsync(1);
            await node.Log.ReadSnapshotAsync(RedisNode.Stream, Stop);
            await node.Log.SaveCheckpointAsync(RedisNode.Stream, "reader", [first], Stop);
            Assert.Equal([first], await node.Log.ReadCheckpointAsync(RedisNode.Stream, "reader", Stop));
            Assert.True(await ((ILeases)node.Log).HoldAsync(RedisNode.Stream, "work", "me", TimeSpan.FromMinutes(1), Stop));
            Assert.False(await ((ILeases)node.Log).HoldAsync(RedisNode.Stream, "work", "another", TimeSpan.FromMinutes(1), Stop));
            await ((ILeases)node.Log).ReleaseAsync(RedisNode.Stream, "work", "me", Stop);
            Assert.True(await ((ILeases)node.Log).HoldAsync(RedisNode.Stream, "work", "another", TimeSpan.FromMinutes(1), Stop));
            var frames = Channel.CreateUnbounded<string>();
            await using (await ((IVolatileChannel)node.Log).SubscribeAsync(RedisNode.Stream, frame => frames.Writer.TryWrite(Convert.ToHexString(frame.Span))))
            {
                await ((IVolatileChannel)node.Log).PublishAsync(RedisNode.Stream, new byte[] { 1, 2 });
                Assert.Equal("0102", await frames.Reader.ReadAsync(Stop).AsTask().WaitAsync(TimeSpan.FromSeconds(30), Stop));
            }

            Assert.Contains("its eviction policy, whether it persists, its clock", Assert.Single(node.Told.Lines, line => line.Id == 1349).Text, StringComparison.Ordinal);
            Assert.DoesNotContain(node.Told.Lines, line => line.Id == 1346);
        }

        var statistics = await _first.CommandAsync("INFO", "commandstats");
        // from Redis 7 on, which says its version also to a user without INFO
        string[] other = (await _first.CommandAsync("INFO", "server")).Contains("redis_version:6", StringComparison.Ordinal)
            ? ["SPUBLISH", "SSUBSCRIBE", "SUNSUBSCRIBE"]
            : ["PUBLISH", "SUBSCRIBE", "UNSUBSCRIBE"];
        foreach (var command in RedisDocument.Commands("client").Except(other))
        {
            Assert.Contains($"cmdstat_{command.Replace(' ', '|').ToLowerInvariant()}:", statistics, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task TwoServers_WithoutInfo_NodeFindsTheMaster(bool isReplicaFirst)
    {
        foreach (var server in (RedisServer[])[_first, _second])
        {
            await RedisAccessEventLogTests.GrantAsync(server, "node", "serverless");
        }

        await _second.ReplicateAsync(_first);
        var endPoints = isReplicaFirst ? $"{_second.EndPoint},{_first.EndPoint}" : $"{_first.EndPoint},{_second.EndPoint}";
        await using var node = await RedisNode.OpenAsync($"{endPoints},user=node,password=secret");
        var first = Assert.IsType<AppendResult.Appended>(await node.Log.AppendAsync(RedisNode.Stream, RedisNode.Batch("a"), Stop)).Last;
        await using var follower = new Follower(node, first);
        await node.AppendAsync("b");

        Assert.Equal(["b"], await follower.TextsAsync(1));
    }

    [GeneratedRegex(@"redis\.p?call\('([A-Z]+)'")]
    private static partial Regex Call();
}
