using System.Globalization;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Serverless.Codec;
using Serverless.Events;
using Serverless.FanOut;
using Serverless.Log;

namespace Serverless.Sharding;

/// <summary>
/// Copies what stands in shard 0 of a hub and is marked for all on to the hub's other streams, in its order. One process does it at a time, by a lease, from a checkpoint; another
/// takes over when it is gone. Each copy has the key <c>all:epoch:offset</c> of its original, so one that is made twice stands there once.
/// </summary>
public sealed partial class StreamCopier(HubStreams streams, Pipeline pipeline, IEventLog log, FrameCodec codec, TimeProvider time, ILogger<StreamCopier> logger)
    : BackgroundService
{
    /// <summary>Copies are appended in lots of about so many bytes: a part may be large when it is decompressed.</summary>
    private const int LotBytes = 1024 * 1024;

    /// <summary>Who waits for copies looks at the checkpoint.</summary>
    private static readonly TimeSpan CheckpointEvery = TimeSpan.FromMilliseconds(25);

    /// <summary>Clients of other streams wait so long at most when the process that copied is killed.</summary>
    private static readonly LeaseTimes Times = new(TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(1));

    /// <summary>The key of a copy.</summary>
    /// <param name="original">Where the original stands in shard 0.</param>
    public static string KeyOf(Position original) => string.Create(CultureInfo.InvariantCulture, $"all:{original.Epoch}:{original.Offset}");

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(streams.Hubs.Select(main => CopyAsync(main, stoppingToken)));

    private Task CopyAsync(StreamName main, CancellationToken stop)
    {
        StreamName[] others = [.. streams.Of(main).Skip(1)];
        var follower = new CheckpointFollower(main, CopyProgress.Reader, log, codec, (part, end) => CopyAsync(others, part, end), time, logger)
        {
            CheckpointEvery = CheckpointEvery,
        };
        return log is ILeases leases
            ? new Lease(leases, main, CopyProgress.Reader, time, logger) { Times = Times }.RunAsync(follower.RunAsync, stop)
            : follower.RunAsync(stop);
    }

    private async Task CopyAsync(StreamName[] others, IReadOnlyList<DecodedEntry> part, CancellationToken stop)
    {
        var (lot, bytes) = (new List<Event>(), 0);
        foreach (var copy in part.SelectMany(Copies))
        {
            lot.Add(copy);
            bytes += copy is MessageSent message ? message.Arguments.Bytes.Length : 0;
            if (bytes >= LotBytes)
            {
                await AppendAsync(others, lot, stop);
                (lot, bytes) = ([], 0);
            }
        }

        await AppendAsync(others, lot, stop);
    }

    private static IEnumerable<Event> Copies(DecodedEntry entry) =>
        from placed in entry.Events.Index()
        where placed.Item.ForAll
        select placed.Item with { ForAll = false, Key = KeyOf(entry.Last with { Offset = entry.FirstOffset + placed.Index }) };

    private async Task AppendAsync(StreamName[] others, List<Event> lot, CancellationToken stop) =>
        await Task.WhenAll(others.Select(async other => await pipeline.AppendAsync(other, lot, stop)));
}
