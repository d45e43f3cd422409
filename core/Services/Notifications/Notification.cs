using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Serverless.Events;

namespace Serverless.Services.Notifications;

/// <summary>A notification that is to be sent.</summary>
public sealed record Notification
{
    /// <summary>The longest <see cref="Id"/>, in characters.</summary>
    public const int MaxIdLength = 64;

    /// <summary>The longest <see cref="ExpiresIn"/>.</summary>
    public static readonly TimeSpan MaxExpiry = TimeSpan.FromDays(365);

    /// <summary>Whom it is for: the hub, a group or a user.</summary>
    public required Audience Audience { get; init; }

    /// <summary>How it is to be shown.</summary>
    public required NotificationKind Kind { get; init; }

    /// <summary>One value, in JSON or MessagePack; kept as JSON.</summary>
    public required Payload Body { get; init; }

    /// <summary>How long it is given, 1 s to <see cref="MaxExpiry"/>; null for <see cref="NotificationOptions.Expiry"/>.</summary>
    public TimeSpan? ExpiresIn { get; init; }

    /// <summary>Names it within the hub and makes it safe to send again; null for a new one. 1 to 64 characters. Applications share these names; for what a client sends,
    /// <see cref="OfClient"/> makes one that no other user's client, and no application, can take.</summary>
    public string? Id { get; init; }

    /// <summary>The user who sends it; null for none.</summary>
    public string? From { get; init; }

    /// <returns>Null when the id may be a notification's; else a sentence that says why not.</returns>
    internal static string? CheckId(string? id) => id is null or { Length: 0 or > MaxIdLength } ? $"A notification's id has 1 to {MaxIdLength} characters." : null;

    /// <summary>The same, under the id of a client: what the client named it stands for one notification of its user.</summary>
    internal Notification OfClient() => Id is null
        ? this
        : this with { Id = $"c-{Base64Url.EncodeToString(SHA256.HashData(Encoding.UTF8.GetBytes($"{From?.Length ?? -1}:{From}{Id}")))}" };

    /// <returns>Null when it may be sent, but for its body; else a sentence that says why not.</returns>
    internal string? Check() =>
        Audience.Kind switch
        {
            AudienceKind.Hub => null,
            AudienceKind.Group => EventRules.CheckGroup(Audience.Name),
            AudienceKind.User => EventRules.CheckUser(Audience.Name),
            _ => "A notification is for a user, for a group, or for all.",
        }
        ?? (Id is null ? null : CheckId(Id))
        ?? (From is null ? null : EventRules.CheckUser(From))
        ?? (!Enum.IsDefined(Kind) ? "A notification is a 'toast' or an 'alert'." : null)
        ?? (ExpiresIn is { } time && (time < TimeSpan.FromSeconds(1) || time > MaxExpiry) ? $"A notification expires in 1 to {MaxExpiry.TotalSeconds} seconds." : null);
}

/// <summary>What came of sending a notification.</summary>
/// <param name="Id">Its id.</param>
/// <param name="IsDuplicate">Whether it was sent before with this id: then nobody is told again.</param>
public sealed record SentNotification(string Id, bool IsDuplicate);
