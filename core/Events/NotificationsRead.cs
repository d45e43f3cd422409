namespace Serverless.Events;

/// <summary>A user has read notifications. It stands in the topic <c>notifications</c> beside a hub's stream.</summary>
public sealed record NotificationsRead : Event
{
    /// <summary>The user.</summary>
    public required string User { get; init; }

    /// <summary>The ids of those that were read.</summary>
    public IReadOnlyList<string> Ids { get; init; } = [];

    /// <summary>The offset up to which all were read; 0 for none.</summary>
    public long UpTo { get; init; }
}
