using System.ComponentModel.DataAnnotations;

namespace Serverless.Services.Notifications;

/// <summary>Toasts and alerts, and how long they wait for who is away. Section <c>Serverless:Notifications</c>.</summary>
public sealed class NotificationOptions
{
    /// <summary>How long a notification is given that says nothing else itself.</summary>
    /// <value>1 minute to 365 days; default 7 days.</value>
    [Range(typeof(TimeSpan), "00:01:00", "365.00:00:00")]
    public TimeSpan Expiry { get; set; } = TimeSpan.FromDays(7);

    /// <summary>The longest body, in bytes of JSON.</summary>
    /// <value>16 to 65,536; default 4,096.</value>
    [Range(16, 65_536)]
    public int MaxBodyBytes { get; set; } = 4096;

    /// <summary>The notifications of a hub that are held; with more the oldest are dropped.</summary>
    /// <value>1 to 100,000; default 10,000.</value>
    [Range(1, 100_000)]
    public int MaxHeld { get; set; } = 10_000;

    /// <summary>The bytes that the held notifications of a hub may have together; with more the oldest are dropped.</summary>
    /// <value>1 MiB to 256 MiB; default 64 MiB.</value>
    [Range(1024 * 1024, 256 * 1024 * 1024)]
    public int MaxHeldBytes { get; set; } = 64 * 1024 * 1024;

    /// <summary>The marks of what users have read that a hub holds; with more, those of the users are forgotten who marked something longest ago.</summary>
    /// <value>100 to 10,000,000; default 1,000,000.</value>
    [Range(100, 10_000_000)]
    public int MaxMarks { get; set; } = 1_000_000;

    /// <summary>The most ids that one call marks as read.</summary>
    /// <value>1 to 1,000; default 100.</value>
    [Range(1, 1000)]
    public int MaxIds { get; set; } = 100;

    /// <summary>The most notifications that one call lists.</summary>
    /// <value>1 to 10,000; default 1,000.</value>
    [Range(1, 10_000)]
    public int MaxListed { get; set; } = 1000;

    /// <summary>The most unread notifications that a user is sent who comes back: the newest.</summary>
    /// <value>0 to 1,000; default 100.</value>
    [Range(0, 1000)]
    public int MaxOnReturn { get; set; } = 100;

    /// <summary>The events after which a snapshot is kept and what it has is trimmed; later when what is held is large.</summary>
    /// <value>10 to 1,000,000; default 1,000.</value>
    [Range(10, 1_000_000)]
    public int CompactAfter { get; set; } = 1000;
}
