using System.Globalization;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Serverless.Codec;
using Serverless.Events;
using Serverless.FanOut;
using Serverless.Log;

namespace Serverless.Sharding;

/// <summary>
/// Copies what stands in shard 0 of a hub and is marked for all on to the hub's other streams, in its order. One process does it at a time, by a lease, from a checkpoint; another
/// takes over when it is gone. Each copy has the key <c>all:offset:tag</c> of its original, so one that is made twice stands there once; one that its stream loses is made again, also when another process takes over within a minute.
/// </summary>
public sealed partial class StreamCopier(
    HubStreams streams, Pipeline pipeline, IEventLog log, FrameCodec codec, IOptions<LogOptions> options, TimeProvider time, ILogger<StreamCopier> logger)
    : BackgroundService
{
    /// <summary>Copies are appended in lots of about so many bytes: a part may be large when it is decompressed.</summary>
    private const int LotBytes = 1024 * 1024;

    /// <summary>Who waits for copies looks at the checkpoint.</summary>
    private static readonly TimeSpan CheckpointEvery = TimeSpan.FromMilliseconds(25);

    /// <summary>Clients of other streams wait so long at most when the process that copied is killed.</summary>
    private static readonly LeaseTimes Times = new(TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(1));

    /// <summary>What another process copied within this time is copied once more: it may have been lost since. Keys tell what is there.</summary>
    private static readonly TimeSpan Repeat = TimeSpan.FromMinutes(1);

    /// <summary>The key of a copy.</summary>
    /// <param name="original">Where the original stands in shard 0.</param>
    public static string KeyOf(Position original) => string.Create(CultureInfo.InvariantCulture, $"all:{original.Offset}:{original.Tag:x16}");

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(streams.Hubs.Select(main => CopyAsync(main, stoppingToken)));

    private Task CopyAsync(StreamName main, CancellationToken stop)
    {
        StreamName[] others = [.. streams.Of(main).Skip(1)];
        var done = new Dictionary<StreamName, Done>();
        var follower = new CheckpointFollower(main, CopyProgress.Reader, log, codec, (part, end) => CopyAsync(main, others, done, part, end), time, logger)
        {
            CheckpointEvery = CheckpointEvery,
            RepeatAtBeginning = options.Value.KeyWindow < Repeat ? options.Value.KeyWindow : Repeat,
        };
        return log is ILeases leases
            ? new Lease(leases, main, CopyProgress.Reader, time, logger) { Times = Times }.RunAsync(follower.RunAsync, stop)
            : follower.RunAsync(stop);
    }

    /// <returns>The last copy in each stream, but none that was there already and is trimmed.</returns>
    private async Task<IReadOnlyList<CopyPosition>> CopyAsync(
        StreamName main, StreamName[] others, Dictionary<StreamName, Done> done, IReadOnlyList<DecodedEntry> part, CancellationToken stop)
    {
        var copies = part.SelectMany(Copies).ToList();
        var made = await Task.WhenAll(others.Select(async other =>
        {
            var known = done.GetValueOrDefault(other);
            var after = known is not null && part[0].FirstOffset <= known.Original.Offset && await IsThereAsync(main, other, known, stop) ? known.Original.Offset : 0;
            return await AppendAsync(other, [.. copies.Where(copy => copy.Original.Offset > after)], stop);
        }));
        foreach (var copy in made.OfType<Done>())
        {
            done[copy.Last.Stream] = copy;
        }

        return [.. made.OfType<Done>().Where(copy => copy.Last.At.Tag != 0).Select(copy => copy.Last)];
    }

    /// <summary>A part that comes again, since another stream lost its copies, isn't copied to a stream that has them still: its keys may be forgotten by now.</summary>
    private async Task<bool> IsThereAsync(StreamName main, StreamName other, Done known, CancellationToken stop) =>
        await log.VerifyAsync(main, known.Original, stop) != ResetReason.TailLost && await log.VerifyAsync(other, known.Last.At, stop) != ResetReason.TailLost;

    private static IEnumerable<(Position Original, Event Copy)> Copies(DecodedEntry entry) =>
        from placed in entry.Events.Index()
        where placed.Item.ForAll
        let original = entry.Last with { Offset = entry.FirstOffset + placed.Index }
        select (original, placed.Item with { ForAll = false, Key = KeyOf(original) });

    /// <returns>How far the stream has copies now; null when there were none to make.</returns>
    private async Task<Done?> AppendAsync(StreamName other, IReadOnlyList<(Position Original, Event Copy)> copies, CancellationToken stop)
    {
        Done? done = null;
        var (lot, bytes) = (new List<Event>(), 0);
        foreach (var (original, copy) in copies)
        {
            lot.Add(copy);
            bytes += copy is MessageSent message ? message.Arguments.Bytes.Length : 0;
            if (bytes >= LotBytes || original == copies[^1].Original)
            {
                var stored = await pipeline.AppendAsync(other, lot, stop);
                done = new(original, new(other, stored.MaxBy(each => each.Position.Offset).Position));
                (lot, bytes) = ([], 0);
            }
        }

        return done;
    }

    /// <summary>How far a stream has copies.</summary>
    /// <param name="Original">The last event that was copied to it.</param>
    /// <param name="Last">Its copy.</param>
    private sealed record Done(Position Original, CopyPosition Last);
}
