using System.Diagnostics;
using System.Globalization;
using Serverless.Bench.Load.Measure;
using Serverless.Bench.Load.Modes;
using Serverless.Bench.Load.Wire;
using StackExchange.Redis;

namespace Serverless.Bench.Load.Compare;

/// <summary>Counts how many entries a node with a linger of 100 ms appends to Redis while many messages are published.</summary>
internal static class BatchingRun
{
    private static readonly TimeSpan Edge = TimeSpan.FromSeconds(1);

    public static async Task<BatchingReport> RunAsync(DeploymentOptions options, double messagesPerSecond, Timing timing, CancellationToken stop)
    {
        await using var deployment = await Deployment.StartAsync(Contender.LingeringWithRedis, options, stop);
        await using var redis = await ConnectionMultiplexer.ConnectAsync($"127.0.0.1:{deployment.RedisPort}");
        var fleet = new FleetPlan(deployment.Target.Urls, Connections: 20, Publishers: 16, Groups: 0, new(168));
        var run = PacedRun.RunAsync(fleet, messagesPerSecond, deployment.Target.Pids, timing, stop);

        // well within the run, so that neither its beginning nor its end counts
        await Task.Delay(timing.Warmup + Edge, stop);
        var (before, began) = (await EntriesAsync(redis), Stopwatch.GetTimestamp());
        await Task.Delay(timing.Duration - (2 * Edge), stop);
        var (after, ended) = (await EntriesAsync(redis), Stopwatch.GetTimestamp());
        return new(messagesPerSecond, (after - before) / Stopwatch.GetElapsedTime(began, ended).TotalSeconds, await run);
    }

    /// <summary>Entries that were ever added to any stream, trimmed ones too.</summary>
    private static async Task<long> EntriesAsync(ConnectionMultiplexer redis)
    {
        var database = redis.GetDatabase();
        var entries = 0L;
        await foreach (var key in redis.GetServers()[0].KeysAsync())
        {
            if (await database.KeyTypeAsync(key) == RedisType.Stream)
            {
                entries += EntriesAdded(await database.ExecuteAsync("XINFO", "STREAM", key));
            }
        }

        return entries;
    }

    private static long EntriesAdded(RedisResult info)
    {
        var fields = info.ToDictionary();
        return long.Parse(fields["entries-added"].ToString(), CultureInfo.InvariantCulture);
    }
}

/// <summary>The outcome.</summary>
/// <param name="MessagesPerSecond">Published.</param>
/// <param name="EntriesPerSecond">Appended; with a linger of 100 ms 10 ± 1.</param>
/// <param name="Run">What the clients saw.</param>
internal sealed record BatchingReport(double MessagesPerSecond, double EntriesPerSecond, RunReport Run)
{
    public bool AsPromised => EntriesPerSecond is >= 9 and <= 11 && Run.Exact;
}
