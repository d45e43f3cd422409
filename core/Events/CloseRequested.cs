namespace Serverless.Events;

/// <summary>Connections are to be closed, wherever they are; they receive nothing of what follows. <see cref="ConnectionClosed"/> says that one is.</summary>
public sealed record CloseRequested : Event
{
    /// <summary>Which connections.</summary>
    public required Audience Audience { get; init; }

    /// <summary>What their clients are told, or null.</summary>
    public string? Reason { get; init; }

    /// <summary>Connections of the audience that stay.</summary>
    public IReadOnlyList<ConnectionId> Excluded { get; init; } = [];
}
