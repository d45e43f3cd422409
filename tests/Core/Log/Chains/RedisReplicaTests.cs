using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Serverless.Log;
using Serverless.Log.Redis;
using Serverless.Tests.Fixtures;
using Xunit;
using static Serverless.Tests.Core.TestEvents;

namespace Serverless.Tests.Core.Log.Chains;

/// <summary>A node that is connected to a server that became a replica, and lags behind its master.</summary>
public sealed class RedisReplicaTests : IAsyncDisposable
{
    private readonly RedisServer _master = new() { Settings = ["--repl-diskless-sync-delay", "0"] };
    private readonly RedisServer _replica = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Trace10_LaggingReplicaIsAsked_RefusesAndIsNotTakenForALoss()
    {
        await Task.WhenAll(_master.StartAsync(), _replica.StartAsync());
        await using var node = await OpenAsync(_master);
        await using var lagging = await OpenAsync(_replica);
        var first = await AppendAsync(node, "t1");
        await ReplicateAsync(entries: 1);

        // it no longer hears of its master
        await _replica.CommandAsync("REPLICAOF", "127.0.0.1", $"{TestPorts.Next()}");
        var second = await AppendAsync(node, "t2");

        Assert.Null(await node.VerifyAsync(Chat, second, Stop));
        await RefusesAsync(() => lagging.VerifyAsync(Chat, second, Stop).AsTask());
        await RefusesAsync(() => lagging.VerifyAsync(Chat, first, Stop).AsTask());
        await RefusesAsync(() => lagging.ReadAsync(Chat, ReadFrom.Start, 1 << 20, Stop).AsTask());
        await RefusesAsync(() => lagging.HeadAsync(Chat, Stop).AsTask());
        await RefusesAsync(() => lagging.SaveSnapshotAsync(Chat, new(second, default), Stop).AsTask());
        await RefusesAsync(() => lagging.SaveCheckpointAsync(Chat, "reader", [second], Stop).AsTask());
        await RefusesAsync(() => AppendAsync(lagging, "t3"));

        // who follows there waits, and goes on once the server is a master that has all
        await using var follower = new Following().Begin(lagging, Chat, second);
        await ReplicateAsync(entries: 2);
        Assert.False(follower.HasNext);
        await _replica.CommandAsync("REPLICAOF", "NO", "ONE");
        var third = Position.Zero;
        await Wait.UntilAsync(
            async () =>
            {
                try
                {
                    third = await AppendAsync(lagging, "t3");
                    return true;
                }
                catch (LogUnavailableException)
                {
                    return false;
                }
            },
            "nothing can be appended to a server that became a master");
        Assert.Equal(third, Assert.IsType<ReadResult.Page>(await follower.NextAsync(() => Task.CompletedTask)).End);
    }

    /// <summary>The client refuses by itself to ask what it knows to be a replica. It may not know yet, so the script is refused there too, whatever it finds.</summary>
    [Theory]
    [InlineData("read", 2, "0", "1000")]
    [InlineData("heads", 2)]
    [InlineData("save", 3, "9", "00000000000000ff", "reader", "9.00000000000000ff")]
    [InlineData("append", 3, "00000000000000ff", "0", "0000000000000000", "5", "", "1000", "1000", "1000", "1000", "")]
    public async Task Trace10_ScriptThatFindsNothingAtAReplica_IsRefused(string script, int keys, params string[] arguments)
    {
        await Task.WhenAll(_master.StartAsync(), _replica.StartAsync());
        await _replica.ReplicateAsync(_master);
        var text = $"{Text("chain")}\n{Text(script)}";
        string[] call = ["EVAL", text, $"{keys}", .. Enumerable.Range(0, keys).Select(i => $"key{i}"), .. arguments];

        Assert.DoesNotContain("ERR", await _master.CommandAsync(call), StringComparison.Ordinal);
        Assert.Contains("READONLY", await _replica.CommandAsync(call), StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync()
    {
        await _replica.DisposeAsync();
        await _master.DisposeAsync();
    }

    private async Task ReplicateAsync(int entries)
    {
        await _replica.ReplicateAsync(_master);
        var log = RedisKeys.Of(new LogOptions(), Chat).Log.ToString();
        await Wait.UntilAsync(async () => (await _replica.CommandAsync("XLEN", log)).Trim() == $"{entries}", "the replica doesn't have what its master has");
    }

    private static string Text(string script) => File.ReadAllText(Repository.PathOf($"core/Log/Redis/{script}.lua"));

    private static async Task RefusesAsync(Func<Task> ask) => await Assert.ThrowsAsync<LogUnavailableException>(ask);

    private static async Task<RedisEventLog> OpenAsync(RedisServer server)
    {
        var log = new RedisEventLog(Options.Create(new LogOptions { Redis = server.EndPoint }), TimeProvider.System, NullLogger<RedisEventLog>.Instance);
        await log.OpenAsync(Stop);
        return log;
    }

    private static async Task<Position> AppendAsync(RedisEventLog log, string text) => Assert.IsType<AppendResult.Appended>(
        await log.AppendAsync(Chat, new(Frames.Encode([Message(text)], DateTimeOffset.UnixEpoch), 1, DateTimeOffset.UnixEpoch, []), Stop)).Last;
}
