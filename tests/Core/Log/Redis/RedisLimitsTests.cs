using Serverless.Log;
using Serverless.Log.Redis;
using Serverless.Tests.Fixtures;
using Xunit;

namespace Serverless.Tests.Core.Log.Redis;

/// <summary>What the script does in steps, or keeps only so much of.</summary>
public sealed class RedisLimitsTests : IAsyncLifetime
{
    private readonly RedisServer _redis = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => _redis.InitializeAsync();

    public ValueTask DisposeAsync() => _redis.DisposeAsync();

    [Fact]
    public async Task Append_ThousandsOfKeys_AllAreKnownAfterwards()
    {
        await using var node = await RedisNode.OpenAsync(_redis.EndPoint);
        var batch = RedisNode.Batch([.. Enumerable.Range(0, 5001).Select(i => $"{i}")]);
        await node.Log.AppendAsync(RedisNode.Stream, batch, Stop);
        var known = Assert.IsType<AppendResult.Duplicate>(await node.Log.AppendAsync(RedisNode.Stream, batch, Stop)).Known;

        Assert.Equal(Enumerable.Range(0, 5001).Select(i => (i, i + 1L)), known.Select(key => (key.Index, key.Position.Offset)));
    }

    [Fact]
    public async Task Append_KeysForgotten_AreRemovedBitByBit()
    {
        await using var node = await RedisNode.OpenAsync(_redis.EndPoint);
        await node.Log.AppendAsync(RedisNode.Stream, RedisNode.Batch([.. Enumerable.Range(0, 500).Select(i => $"{i}")]), Stop);
        var later = RedisNode.Time + TimeSpan.FromMinutes(30);
        for (var i = 0; i < 10; i++)
        {
            await node.Log.AppendAsync(RedisNode.Stream, RedisNode.BatchAt(later, $"later {i}"), Stop);
        }

        // ten keys, and the member that keeps the set in existence
        Assert.Equal("11", (await _redis.CommandAsync("ZCARD", KeysOf().Keys.ToString())).Trim());
        Assert.IsType<AppendResult.Appended>(await node.Log.AppendAsync(RedisNode.Stream, RedisNode.BatchAt(later, "7"), Stop));
    }

    [Fact]
    public async Task Trim_ThousandEntries_DropsThemAllAndCountsBytes()
    {
        await using var node = await RedisNode.OpenAsync(_redis.EndPoint);
        Position last = default;
        for (var i = 0; i < 1000; i++)
        {
            last = await node.AppendAsync($"{i}");
        }

        await node.Log.TrimAsync(RedisNode.Stream, last.Offset - 1, Stop);
        Assert.Equal(["999"], await node.ReadAsync(ReadFrom.Start));
        Assert.Equal(999, (await node.HeadAsync()).Trimmed);
        Assert.Equal($"{RedisNode.Batch("999").Frame.Length}", await BytesAsync());
        await node.Log.TrimAsync(RedisNode.Stream, last.Offset, Stop);
        Assert.Equal(["999"], await node.ReadAsync(ReadFrom.Start));
        Assert.Equal($"{RedisNode.Batch("999").Frame.Length}", await BytesAsync());
    }

    [Fact]
    public async Task Retention_Lowered_IsReachedOverSeveralAppends()
    {
        await using (var before = await RedisNode.OpenAsync(_redis.EndPoint))
        {
            for (var i = 0; i < 600; i++)
            {
                await before.AppendAsync($"{i}");
            }
        }

        await using var node = await RedisNode.OpenAsync(_redis.EndPoint, change: options => options.RetentionEvents = 10);
        for (var i = 600; i < 603; i++)
        {
            await node.AppendAsync($"{i}");
        }

        Assert.Equal(Enumerable.Range(593, 10).Select(i => $"{i}"), await node.ReadAsync(ReadFrom.Start));
    }

    [Fact]
    public async Task Check_NothingNew_WritesNothing()
    {
        await using var node = await RedisNode.OpenAsync(_redis.EndPoint);
        await node.AppendAsync("a");
        var before = await ChangesAsync();
        for (var i = 0; i < 10; i++)
        {
            await node.HeadAsync();
        }

        Assert.Equal(before, await ChangesAsync());
    }

    private static RedisKeys KeysOf() => RedisKeys.Of(new(), RedisNode.Stream);

    private async Task<string> BytesAsync() => (await _redis.CommandAsync("HGET", KeysOf().Side.ToString(), "bytes")).Trim();

    private async Task<string> ChangesAsync() =>
        (await _redis.CommandAsync("INFO", "persistence")).Split('\n').Single(
            line => line.StartsWith("rdb_changes_since_last_save", StringComparison.Ordinal));
}
