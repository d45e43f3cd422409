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
/// takes over when it is gone. Each copy has the key <c>all:offset:tag</c> of its original, so one that is made twice stands there once; one that its stream loses is made again.
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
    public static string KeyOf(Position original) => string.Create(CultureInfo.InvariantCulture, $"all:{original.Offset}:{original.Tag:x16}");

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

    /// <returns>The last copy in each stream.</returns>
    private async Task<IReadOnlyList<CopyPosition>> CopyAsync(StreamName[] others, IReadOnlyList<DecodedEntry> part, CancellationToken stop)
    {
        IReadOnlyList<CopyPosition> copies = [];
        var (lot, bytes) = (new List<Event>(), 0);
        foreach (var copy in part.SelectMany(Copies))
        {
            lot.Add(copy);
            bytes += copy is MessageSent message ? message.Arguments.Bytes.Length : 0;
            if (bytes >= LotBytes)
            {
                copies = await AppendAsync(others, lot, stop);
                (lot, bytes) = ([], 0);
            }
        }

        return lot.Count > 0 ? await AppendAsync(others, lot, stop) : copies;
    }

    private static IEnumerable<Event> Copies(DecodedEntry entry) =>
        from placed in entry.Events.Index()
        where placed.Item.ForAll
        select placed.Item with { ForAll = false, Key = KeyOf(entry.Last with { Offset = entry.FirstOffset + placed.Index }) };

    /// <returns>The last copy in each stream, but none that was there already and is trimmed.</returns>
    private async Task<IReadOnlyList<CopyPosition>> AppendAsync(StreamName[] others, List<Event> lot, CancellationToken stop)
    {
        var copies = await Task.WhenAll(others.Select(async other =>
            new CopyPosition(other, (await pipeline.AppendAsync(other, lot, stop)).MaxBy(stored => stored.Position.Offset).Position)));
        return [.. copies.Where(copy => copy.At.Tag != 0)];
    }
}
