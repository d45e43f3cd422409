using System.Security.Cryptography;
using System.Text.Json;
using Serverless.Tests.Fixtures;
using Xunit;

namespace Serverless.Tests.Conformance;

/// <summary>Twenty clients with real Yjs documents, over three nodes with one Redis: connections are cut the whole time, and a node is killed in the middle.</summary>
public sealed class DocumentConvergenceTests
{
    private const int Operations = 150;

    [Fact]
    public async Task Edit_ConnectionsCutAndANodeKilled_AllConvergeToWhatARunWithoutFaultsGives()
    {
        await using var redis = new RedisServer();
        await redis.StartAsync();
        await using var first = OnRedis(redis);
        await using var second = OnRedis(redis);
        await using var third = OnRedis(redis);
        await Task.WhenAll(first.StartAsync(), second.StartAsync(), third.StartAsync());
        var seed = RandomNumberGenerator.GetInt32(1_000_000);
        TestContext.Current.TestOutputHelper?.WriteLine($"The seed is {seed}.");

        JsonElement result;
        await using (var script = NodeJsScript.Start("documents.mjs", $"{first.Url},{second.Url},{third.Url}", $"h{Guid.NewGuid():N}", $"{seed}", $"{Operations}"))
        {
            Assert.Equal("half", (await script.NextAsync()).Event);
            await second.KillAsync();
            await second.StartAsync();
            await script.WriteAsync("go on");
            var (ended, detail) = await script.NextAsync();
            Assert.Equal("done", ended);
            result = JsonElement.Parse(detail!);
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{result}");
        Assert.Empty(result.GetProperty("trouble").EnumerateArray());
        Assert.Equal(1, result.GetProperty("clients").GetInt32());
        Assert.Equal(result.GetProperty("faultless").GetString(), result.GetProperty("outcome").GetString());
        Assert.InRange(result.GetProperty("cuts").GetInt32(), 20, int.MaxValue);
        Assert.InRange(result.GetProperty("text").GetInt32(), 20 * Operations / 8, int.MaxValue);
        foreach (var late in result.GetProperty("late").EnumerateArray())
        {
            var (bytes, snapshot) = (late.GetProperty("bytes").GetInt32(), late.GetProperty("snapshot").GetInt32());
            Assert.True(late.GetProperty("isSame").GetBoolean());
            Assert.InRange(snapshot, 1000, result.GetProperty("made").GetInt32() / 2);
            Assert.True(bytes <= 2 * snapshot, $"A late joiner read {bytes} bytes, and the snapshot has {snapshot}.");
        }
    }

    private static NodeProcess OnRedis(RedisServer redis) => new()
    {
        Log = "redis",
        Arguments = ["--redis", redis.EndPoint],
        Settings = new Dictionary<string, string>
        {
            ["Serverless:Documents:CompactAbove"] = "2048",
            ["Serverless:Documents:CompactPause"] = "00:00:00.200",
        },
    };
}
