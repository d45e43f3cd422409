using Serverless.Events;

namespace Serverless.Presence;

/// <summary>A connection in a room.</summary>
/// <param name="Connection">Its id.</param>
/// <param name="User">Its user, or null.</param>
/// <param name="State">What it shows of itself, one value; null when it joined without showing anything.</param>
public sealed record RoomMember(ConnectionId Connection, string? User, Payload? State);
