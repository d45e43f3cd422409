namespace Serverless.Events;

/// <summary>A notification for people, whether they are connected or not. It stands in the topic <c>notifications</c> beside a hub's stream.</summary>
public sealed record NotificationSent : Event
{
    /// <summary>Names it within the hub.</summary>
    public required string Id { get; init; }

    /// <summary>Whom it is for: the hub, a group or a user.</summary>
    public required Audience Audience { get; init; }

    /// <summary>How it is to be shown.</summary>
    public required NotificationKind Kind { get; init; }

    /// <summary>One value, serialized.</summary>
    public required Payload Body { get; init; }

    /// <summary>When it was sent, in ms.</summary>
    public required DateTimeOffset SentAt { get; init; }

    /// <summary>From when on it isn't given any more, in ms.</summary>
    public required DateTimeOffset Expires { get; init; }

    /// <summary>The user who sent it; null for an application or a client without one.</summary>
    public string? From { get; init; }
}

/// <summary>How a notification is to be shown. The numbers stand in stored frames.</summary>
public enum NotificationKind
{
    /// <summary>In passing.</summary>
    Toast = 0,

    /// <summary>Until it is read.</summary>
    Alert = 1,
}
