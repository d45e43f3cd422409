namespace Serverless.Events;

/// <summary>A connection ended; its memberships end with it.</summary>
public sealed record ConnectionClosed : Event
{
    /// <summary>The connection.</summary>
    public required ConnectionId Connection { get; init; }

    /// <summary>Why, or null when the client left by itself.</summary>
    public string? Reason { get; init; }

    /// <summary>Makes the event with the key that lets it be appended once.</summary>
    public static ConnectionClosed For(ConnectionId connection, string? reason) =>
        new() { Connection = connection, Reason = reason, Key = $"closed:{connection}" };
}
