namespace Serverless.Services.Notifications;

/// <summary>Which notifications a user asks for.</summary>
internal sealed record NotificationQuery
{
    /// <summary>The id behind which to begin; null for the newest, and from the oldest on when it isn't held any more.</summary>
    public string? After { get; init; }

    /// <summary>Whether those that were read are left out.</summary>
    public bool UnreadOnly { get; init; }

    /// <summary>The most to give; null for as many as the settings allow.</summary>
    public int? Limit { get; init; }
}
