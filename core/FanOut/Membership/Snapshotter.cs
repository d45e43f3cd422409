using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Serverless.Codec;
using Serverless.Events;
using Serverless.Log;

namespace Serverless.FanOut.Membership;

/// <summary>Keeps a snapshot of a stream's roster in the log when the stream has grown enough since the last, well before retention would drop what isn't in one. It keeps
/// nothing in memory meanwhile. Thread-safe.</summary>
internal sealed partial class Snapshotter(IEventLog log, FrameCodec codec, LogOptions options, TimeProvider time, ILogger logger)
{
    private const long MaxEvents = 10_000;
    private const long MaxBytes = 32 * 1024 * 1024;

    /// <summary>Of what retention holds, this part may be in no snapshot.</summary>
    public const int Part = 4;

    private static readonly TimeSpan MaxAge = TimeSpan.FromMinutes(10);

    /// <summary>Reads who is in a stream, from its last snapshot on.</summary>
    public RosterReader Rosters { get; } = new(log, codec, logger);

    /// <summary>Counts what a stream grows by from now on.</summary>
    public Growth Watch()
    {
        // several nodes read a stream: one of them shall be the first
        var share = RandomNumberGenerator.GetInt32(750, 1250) / 1000.0;
        return new(
            (long)(share * Math.Min(MaxEvents, (options.RetentionEvents ?? long.MaxValue) / Part)),
            (long)(share * Math.Min(MaxBytes, (options.RetentionBytes ?? long.MaxValue) / Part)),
            time.GetUtcNow() + (share * TimeSpan.FromTicks(Math.Min(MaxAge.Ticks, options.RetentionAge.Ticks / Part))));
    }

    /// <summary>Takes a snapshot as the stream stands. A fault is logged; it is taken some time later then.</summary>
    public async Task TakeAsync(StreamName stream, CancellationToken cancellationToken)
    {
        try
        {
            var (roster, at) = await Rosters.ReadAsync(stream, cancellationToken);
            await log.SaveSnapshotAsync(stream, new(at, RosterSnapshot.Encode(roster, codec, time.GetUtcNow())), cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // the stream isn't read here any more
        }
        catch (Exception fault) when (fault is LogUnavailableException or ArgumentException)
        {
            Warnings.NotTaken(logger, fault, stream.ToString());
        }
    }

    /// <summary>What a stream may grow by until its next snapshot. Not thread-safe.</summary>
    internal sealed class Growth(long events, long bytes, DateTimeOffset until)
    {
        private bool _any;

        public void Add(long moreEvents, long moreBytes)
        {
            events -= moreEvents;
            bytes -= moreBytes;
            _any = true;
        }

        public bool IsEnough(DateTimeOffset now) => _any && (events <= 0 || bytes <= 0 || now >= until);
    }

    private static partial class Warnings
    {
        [LoggerMessage(1521, LogLevel.Warning, "No snapshot of stream {Stream} could be kept; the next try follows as it grows.")]
        public static partial void NotTaken(ILogger logger, Exception fault, string stream);
    }
}
