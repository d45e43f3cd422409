using System.Globalization;
using Serverless.Codec;
using Serverless.Events;
using Serverless.FanOut.Folds;
using Serverless.Log;

namespace Serverless.Services.Notifications;

/// <summary>A fold of notifications as bytes: events that make it again. First what is held, each with its offset as its key; then what users have read of it.</summary>
internal static class NotificationSnapshot
{
    /// <summary>So that a frame stays well below what the codec takes, whatever the settings.</summary>
    private const int EventsPerFrame = 500;

    private const int IdsPerEvent = 100;

    public static ReadOnlyMemory<byte> Encode(NotificationFold fold, FrameCodec codec, DateTimeOffset now) =>
        SnapshotFrames.Encode(Events(fold, now).Chunk(EventsPerFrame), codec, now);

    /// <summary>Takes a snapshot into an empty fold.</summary>
    /// <exception cref="FrameException">It is damaged.</exception>
    public static NotificationFold Decode(StreamName stream, Snapshot snapshot, FrameCodec codec, NotificationFold fold)
    {
        foreach (var value in SnapshotFrames.Decode(stream, snapshot.At.Offset, snapshot.State, codec))
        {
            var offset = 0L;
            if (value is NotificationSent && !long.TryParse(value.Key, NumberStyles.None, CultureInfo.InvariantCulture, out offset))
            {
                throw new FrameException(stream, snapshot.At.Offset, "the snapshot has a notification without an offset");
            }

            fold.Apply(value, offset);
        }

        fold.CountAgain();
        return fold;
    }

    private static IEnumerable<Event> Events(NotificationFold fold, DateTimeOffset now)
    {
        var held = fold.All.Where(each => each.Sent.Expires > now).ToList();
        foreach (var each in held)
        {
            yield return each.Sent with { Key = each.Offset.ToString(CultureInfo.InvariantCulture) };
        }

        if (held.Count == 0)
        {
            yield break;
        }

        var ids = held.ToDictionary(each => each.Offset, each => each.Sent.Id);
        foreach (var (user, upTo, offsets) in fold.Marks.All)
        {
            if (upTo >= held[0].Offset)
            {
                yield return new NotificationsRead { User = user, UpTo = upTo };
            }

            foreach (var some in offsets.Where(ids.ContainsKey).Select(offset => ids[offset]).Chunk(IdsPerEvent))
            {
                yield return new NotificationsRead { User = user, Ids = some };
            }
        }
    }
}
