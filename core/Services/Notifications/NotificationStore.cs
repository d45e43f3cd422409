using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Serverless.Codec;
using Serverless.Events;
using Serverless.FanOut.Folds;
using Serverless.Log;
using Serverless.Presence;

namespace Serverless.Services.Notifications;

/// <summary>
/// Answers what a hub holds for a user, from the fold over its stream of notifications, which is kept in memory while questions come. As that stream grows, it keeps a snapshot
/// and trims what the snapshot has. Thread-safe.
/// </summary>
public sealed partial class NotificationStore : IAsyncDisposable
{
    /// <summary>The name of the stream beside a hub's.</summary>
    public const string Topic = "notifications";

    /// <summary>The most bytes of bodies that one answer, or what is sent to one who comes back, has: more could cut a slow client.</summary>
    internal const int MaxAnswerBytes = 1024 * 1024;

    private const string What = "what its users have to be told";
    private const long CompactAfterBytes = 1024 * 1024;

    private static readonly TimeSpan Keep = TimeSpan.FromMinutes(5);

    private readonly IEventLog _log;
    private readonly FrameCodec _codec;
    private readonly Rosters _rosters;
    private readonly NotificationOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly KeptFolds<NotificationFold> _folds;

    /// <summary>Reads a log; asks who is in which group.</summary>
    public NotificationStore(
        IEventLog log, FrameCodec codec, Rosters rosters, IOptions<NotificationOptions> options, TimeProvider time, ILogger<NotificationStore> logger)
    {
        (_log, _codec, _rosters, _options, _time, _logger) = (log, codec, rosters, options.Value, time, logger);
        var form = new FoldForm<NotificationFold>(What, New, (stream, snapshot) => NotificationSnapshot.Decode(stream, snapshot, codec, New()));
        var reader = new FoldReader<NotificationFold>(log, codec, form, logger);
        _folds = new(log, new(log, codec), new(reader.ReadAsync, CompactIfDueAsync), Keep, time, What);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _folds.DisposeAsync();

    /// <summary>A notification by its id, or null when none is held.</summary>
    /// <exception cref="LogUnavailableException">The log is out of reach; so with all questions.</exception>
    internal ValueTask<HeldNotification?> FindAsync(StreamName hub, string id, CancellationToken cancellationToken) =>
        _folds.AskAsync(hub.Beside(Topic), fold => fold.Find(id), cancellationToken);

    /// <summary>What is held for a user, oldest first, with whether it was read.</summary>
    internal async ValueTask<List<(NotificationSent Sent, bool IsRead)>> ListAsync(
        StreamName hub, string user, NotificationQuery query, CancellationToken cancellationToken)
    {
        // a hub without notifications is asked nothing else: each client that comes would ask
        if (await _folds.AskAsync(hub.Beside(Topic), fold => fold.All.Count == 0, cancellationToken))
        {
            return [];
        }

        var groups = await _rosters.GroupsOfUserAsync(hub, user, cancellationToken);
        return await _folds.AskAsync(hub.Beside(Topic), fold => List(fold, user, groups, query), cancellationToken);
    }

    /// <summary>Which of some ids a user may mark, and which of these aren't marked yet.</summary>
    internal ValueTask<(List<string> Known, List<string> Unread)> MarkableAsync(StreamName hub, string user, IReadOnlyList<string> ids, CancellationToken cancellationToken) =>
        _folds.AskAsync(
            hub.Beside(Topic),
            fold =>
            {
                var held = ids.Distinct().Select(fold.Find).OfType<HeldNotification>().Where(each => each.MayBeMarkedBy(user)).ToList();
                return (held.ConvertAll(each => each.Sent.Id), held.Where(each => !fold.IsRead(user, each)).Select(each => each.Sent.Id).ToList());
            },
            cancellationToken);

    /// <summary>The newest that is held, and whether a user has marked it; null when none is.</summary>
    internal ValueTask<(HeldNotification Newest, bool IsRead)?> NewestAsync(StreamName hub, string user, CancellationToken cancellationToken) =>
        _folds.AskAsync<(HeldNotification, bool)?>(
            hub.Beside(Topic), fold => fold.All.Count == 0 ? null : (fold.All[^1], fold.IsReadUpTo(user, fold.All[^1])), cancellationToken);

    /// <summary>Compacts a hub's stream if it has grown: done where nobody asks for what is held. A fault is logged.</summary>
    internal async ValueTask CompactAsync(StreamName hub, CancellationToken cancellationToken)
    {
        try
        {
            await _folds.AskAsync(hub.Beside(Topic), static fold => fold.Bytes, cancellationToken);
        }
        catch (LogUnavailableException fault)
        {
            Log.NotCompacted(_logger, fault, hub.Beside(Topic).ToString());
        }
    }

    private static List<(NotificationSent Sent, bool IsRead)> List(NotificationFold fold, string user, IReadOnlySet<string> groups, NotificationQuery query)
    {
        var after = query.After is { } id ? fold.Find(id)?.Offset ?? 0 : (long?)null;
        var all = fold.Of(user, groups)
            .Where(held => !(held.Offset <= after))
            .Select(held => (held.Sent, IsRead: fold.IsRead(user, held)))
            .Where(held => !(query.UnreadOnly && held.IsRead));
        // without a beginning the newest count
        var taken = Limit(after is null ? all.Reverse() : all, query.Limit ?? int.MaxValue).ToList();
        if (after is null)
        {
            taken.Reverse();
        }

        return taken;
    }

    private static IEnumerable<(NotificationSent Sent, bool IsRead)> Limit(IEnumerable<(NotificationSent Sent, bool IsRead)> all, int count)
    {
        var bytes = 0;
        return all.Take(count).TakeWhile(each => (bytes += each.Sent.Body.Bytes.Length) <= MaxAnswerBytes);
    }

    private NotificationFold New() => new(_options, _time);

    /// <summary>Called by whoever follows a stream, after it took entries in. A fault is logged; the next try follows as the stream grows.</summary>
    private async ValueTask CompactIfDueAsync(StreamName stream, NotificationFold fold, Position at, CancellationToken cancellationToken)
    {
        var grown = fold.Grown;
        // in proportion to what a snapshot costs
        if (grown.Events < Math.Max(_options.CompactAfter, (fold.All.Count + fold.Marks.Count) / 4) && grown.Bytes < Math.Max(CompactAfterBytes, fold.Bytes))
        {
            return;
        }

        fold.CountAgain();
        try
        {
            // another process may have done it
            if ((await _log.HeadAsync(stream, cancellationToken)).Trimmed <= at.Offset - grown.Events)
            {
                var snapshot = new Snapshot(at, NotificationSnapshot.Encode(fold, _codec, _time.GetUtcNow()));
                if (await _log.SaveSnapshotAsync(stream, snapshot, cancellationToken) == SaveResult.Saved)
                {
                    await _log.TrimAsync(stream, at.Offset, cancellationToken);
                }
            }
        }
        catch (Exception fault) when (fault is LogUnavailableException or ArgumentException or IOException)
        {
            Log.NotCompacted(_logger, fault, stream.ToString());
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1750, LogLevel.Warning, "Stream {Stream} of notifications couldn't be compacted; the next try follows as it grows.")]
        public static partial void NotCompacted(ILogger logger, Exception fault, string stream);
    }
}
