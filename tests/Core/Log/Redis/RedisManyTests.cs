using System.Globalization;
using System.Text.RegularExpressions;
using Serverless.Log;
using Serverless.Tests.Fixtures;
using Xunit;

namespace Serverless.Tests.Core.Log.Redis;

/// <summary>Many streams of one hash tag, and many followers of one stream.</summary>
public sealed partial class RedisManyTests : IAsyncLifetime
{
    private readonly RedisServer _redis = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => _redis.InitializeAsync();

    public ValueTask DisposeAsync() => _redis.DisposeAsync();

    [Fact]
    public async Task Follow_MoreStreamsThanOneReadNames_EachGetsItsEntries()
    {
        const int Streams = 2500;
        await using var node = await RedisNode.OpenAsync(_redis.EndPoint, options => options.RedisPartitions = 1);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        var first = Enumerable.Range(0, Streams).Select(async i =>
        {
            await foreach (var result in node.Log.FollowAsync(new($"hub{i}"), ReadFrom.Start, stop.Token))
            {
                return RedisNode.Texts(Assert.IsType<ReadResult.Page>(result).Entries).First();
            }

            throw new InvalidOperationException("A follower ended.");
        }).ToList();
        await Parallel.ForEachAsync(Enumerable.Range(0, Streams), Stop, async (i, token) =>
            await node.Log.AppendAsync(new($"hub{i}"), RedisNode.Batch($"{i}"), token));

        Assert.Equal(Enumerable.Range(0, Streams).Select(i => $"{i}"), await Task.WhenAll(first).WaitAsync(TimeSpan.FromSeconds(60), Stop));
        // what a command may name: the streams of one read, and the key that wakes it
        Assert.Equal(3, (await _redis.CommandAsync("CLIENT", "LIST")).Split('\n').Count(line => line.Contains("name=serverless-follow", StringComparison.Ordinal) && line.Contains("sub=0", StringComparison.Ordinal) && !line.Contains("psub=1", StringComparison.Ordinal) && line.Contains("cmd=xread", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Follow_ManyAtOnce_ShareTheirReads()
    {
        await using var node = await RedisNode.OpenAsync(_redis.EndPoint);
        var old = await node.AppendAsync("a", "b", "c");
        await node.AppendAsync("d");
        await using var first = new Follower(node, ReadFrom.Start);
        await first.TextsAsync(4);
        var last = await node.AppendAsync("e");
        await first.TextsAsync(5);
        var before = await ScriptsAsync();
        var followers = Enumerable.Range(0, 3000).Select(i => new Follower(node, i % 3 == 0 ? last : old with { Offset = 1 + (i % 3) })).ToList();
        await node.AppendAsync("f");
        foreach (var (i, follower) in followers.Index())
        {
            // from within an entry it is handed out whole
            var texts = await follower.TextsAsync(1);
            Assert.Equal("f", (await follower.TextsAsync(i % 3 == 0 ? 1 : i % 3 == 1 ? 6 : 3))[^1]);
            Assert.Equal(i % 3 == 0 ? "f" : i % 3 == 1 ? "a" : "d", texts[0]);
        }

        Assert.InRange(await ScriptsAsync() - before, 1, 300);
        foreach (var follower in followers)
        {
            await follower.DisposeAsync();
        }
    }

    private async Task<long> ScriptsAsync() =>
        long.Parse(Calls().Match(await _redis.CommandAsync("INFO", "commandstats")).Groups[1].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"cmdstat_evalsha:calls=(\d+)")]
    private static partial Regex Calls();
}
