using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Serverless.Codec;
using Serverless.Events;
using Serverless.Log;
using Serverless.Log.Redis;
using Serverless.Tests.Fixtures;
using Xunit;

namespace Serverless.Tests.Core.Log.Redis;

/// <summary>Something else writes to a stream's keys: its followers learn of it, and the other streams of its hash tag go on.</summary>
public sealed partial class RedisDamageTests : IAsyncLifetime
{
    private const string Tag = "00000000000000aa", NoTag = "0000000000000000";

    private static readonly RedisKeys Keys = RedisKeys.Of(new() { RedisPartitions = 1 }, RedisNode.Stream);
    private static readonly StreamName Other = new("other");

    private readonly RedisServer _redis = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => _redis.InitializeAsync();

    public ValueTask DisposeAsync() => _redis.DisposeAsync();

    public static TheoryData<string> Damages => [.. Damage.Keys];

    /// <summary>The stream holds one entry; each of these is a command, its words separated by a space.</summary>
    private static Dictionary<string, string[]> Damage { get; } = new()
    {
        ["tags that aren't"] = [$"XADD {Keys.Log} 2-0 t zz p zz f {new string('x', 40)}", $"HSET {Keys.Side} head 2"],
        ["a short frame"] = [$"XADD {Keys.Log} 2-0 t {Tag} p {Tag} f x", $"HSET {Keys.Side} head 2 tag {Tag}"],
        ["other fields"] = [$"XADD {Keys.Log} 2-0 x y", $"HSET {Keys.Side} head 2 tag {Tag}"],
        ["a foreign entry above the head"] = [$"XADD {Keys.Log} * x y"],
        ["an entry of another chain above the head"] = [$"XADD {Keys.Log} 2-0 t {Tag} p {NoTag} f {new string('x', 40)}"],
        ["a short frame without the side key"] = [$"DEL {Keys.Side}", $"DEL {Keys.Log}", $"XADD {Keys.Log} 1-0 t {Tag} p {NoTag} f x"],
        ["another type"] = [$"SET {Keys.Log} x"],
    };

    [Theory]
    [MemberData(nameof(Damages))]
    public async Task Stream_WrittenToByOthers_LeavesTheOthersOfItsHashTagAlone(string what)
    {
        await using var node = await RedisNode.OpenAsync(_redis.EndPoint, options => options.RedisPartitions = 1);
        await node.AppendAsync("a");
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        var sick = FollowAsync(node, RedisNode.Stream, stop.Token);
        await using var healthy = node.Log.FollowAsync(Other, Position.Zero, stop.Token).GetAsyncEnumerator(Stop);
        await HearAsync(node, healthy, "1");
        foreach (var command in Damage[what])
        {
            await _redis.CommandAsync(command.Split(' '));
        }

        await HearAsync(node, healthy, "2");
        await HearAsync(node, healthy, "3");

        // a blocking read takes a second when nothing comes: one that came back at once, again and again, would be a busy loop
        var (calls, watch) = (await ReadsAsync(), Stopwatch.StartNew());
        await Wait.UntilAsync(async () => await ReadsAsync() >= calls + 6, "the tails are read on");
        Assert.InRange(watch.Elapsed, TimeSpan.FromSeconds(1), TimeSpan.MaxValue);
        await HearAsync(node, healthy, "4");
        Assert.InRange(node.Told.Lines.Count(line => line.Id == 1350), 0, 1);
        await stop.CancelAsync();
        await sick;
    }

    [Fact]
    public async Task Trim_MeetsADamagedEntry_AppendsGoOn()
    {
        await using var node = await RedisNode.OpenAsync(_redis.EndPoint, options => (options.RedisPartitions, options.RetentionEvents) = (1, 2));
        await _redis.CommandAsync("XADD", Keys.Log.ToString(), "1-0", "t", Tag, "p", NoTag, "f", "x");
        for (var i = 2; i <= 6; i++)
        {
            Assert.Equal(i, (await node.AppendAsync($"{i}")).Offset);
        }

        Assert.Equal(["5", "6"], await node.ReadAsync(ReadFrom.Start));
    }

    [Fact]
    public async Task KeysEvictedAlone_NewOnesAreKnown()
    {
        await using var node = await RedisNode.OpenAsync(_redis.EndPoint, options => options.RedisPartitions = 1);
        await node.Log.AppendAsync(RedisNode.Stream, RedisNode.BatchAt(RedisNode.Time - TimeSpan.FromMinutes(30), "old"), Stop);
        await _redis.CommandAsync("DEL", Keys.Keys.ToString());
        foreach (var text in (string[])["a", "b", "c", "a", "b", "c"])
        {
            await node.AppendAsync(text);
        }

        Assert.Equal(["old", "a", "b", "c"], await node.ReadAsync(ReadFrom.Start));
    }

    private static async Task FollowAsync(RedisNode node, StreamName stream, CancellationToken stop)
    {
        try
        {
            await foreach (var result in node.Log.FollowAsync(stream, ReadFrom.Start, stop))
            {
                Assert.NotNull(result);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or FrameException)
        {
            // the test is over, or it was told of the damage
        }
    }

    private static async Task HearAsync(RedisNode node, IAsyncEnumerator<ReadResult> follower, string text)
    {
        var next = follower.MoveNextAsync();
        await node.Log.AppendAsync(Other, RedisNode.Batch(text), Stop);
        Assert.True(await next.AsTask().WaitAsync(TimeSpan.FromSeconds(30), Stop));
        Assert.Equal([text], RedisNode.Texts(Assert.IsType<ReadResult.Page>(follower.Current).Entries));
    }

    private async Task<long> ReadsAsync() => long.Parse(Reads().Match(await _redis.CommandAsync("INFO", "commandstats")).Groups[1].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"cmdstat_xread:calls=(\d+)")]
    private static partial Regex Reads();
}
