using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Serverless.Events;
using Serverless.Presence;

namespace Serverless.Services.Presence;

/// <summary>What rooms are told of their members: <c>{"connection":…,"user":…,"state":…}</c>.</summary>
internal static class PresenceMessages
{
    /// <summary>A message to a room, but not to whom it is about.</summary>
    /// <param name="target">The client method.</param>
    /// <param name="room">The group.</param>
    /// <param name="about">Whom it is about.</param>
    /// <param name="state">One value, or null for none.</param>
    public static MessageSent Of(string target, string room, HubCaller about, Payload? state) => new()
    {
        Audience = Audience.Group(room),
        Target = target,
        Arguments = Reply.Json(writer =>
        {
            writer.WriteStartArray();
            writer.WriteStringValue(room);
            Write(writer, new RoomMember(about.Connection, about.User, state));
            writer.WriteEndArray();
        }),
        Excluded = [about.Connection],
    };

    /// <summary>Tells a room, once, of a connection that is closed.</summary>
    public static MessageSent Gone(string room, HubCaller about)
    {
        // ids of connections may be longer than keys
        var key = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes($"{about.Connection.Value}\n{room}")));
        return Of("presence-left", room, about, null) with { Key = $"left:{key}" };
    }

    /// <summary>All members of a room.</summary>
    public static void Write(Utf8JsonWriter writer, IReadOnlyList<RoomMember> members)
    {
        writer.WriteStartArray();
        foreach (var member in members)
        {
            Write(writer, member);
        }

        writer.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter writer, RoomMember member)
    {
        writer.WriteStartObject();
        writer.WriteString("connection", member.Connection.Value);
        writer.WriteString("user", member.User);
        writer.WritePropertyName("state");
        writer.WritePayload(member.State);
        writer.WriteEndObject();
    }
}
