using Serverless.Events;

namespace Serverless.Services.Notifications;

/// <summary>A notification that is held. Immutable.</summary>
/// <param name="sent">What was sent.</param>
/// <param name="offset">Where it stands in the stream of notifications.</param>
internal sealed class HeldNotification(NotificationSent sent, long offset)
{
    /// <summary>What was sent.</summary>
    public NotificationSent Sent => sent;

    /// <summary>Where it stands in the stream of notifications.</summary>
    public long Offset => offset;

    /// <summary>About what it takes, in bytes.</summary>
    public int Bytes => 200 + sent.Body.Bytes.Length + (2 * (sent.Id.Length + sent.Audience.Name.Length + (sent.From?.Length ?? 0)));

    /// <summary>Whether a user's mark on it means something.</summary>
    public bool MayBeMarkedBy(string user) => sent.Audience.Kind != AudienceKind.User || sent.Audience.Name == user;
}
