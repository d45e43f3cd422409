namespace Serverless.Events;

/// <summary>A client finished its handshake. Its connection receives what follows this event in the stream.</summary>
public sealed record ConnectionOpened : Event
{
    /// <summary>The connection.</summary>
    public required ConnectionId Connection { get; init; }

    /// <summary>The user it belongs to, or null for an anonymous one.</summary>
    public string? User { get; init; }

    /// <summary>Makes the event with the key that lets it be appended once, whoever sees the connection first.</summary>
    public static ConnectionOpened For(ConnectionId connection, string? user) =>
        new() { Connection = connection, User = user, Key = $"opened:{connection}" };
}
