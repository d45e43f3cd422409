using MessagePack;
using Serverless.Events;

namespace Serverless.Codec;

/// <summary>
/// Writes one event as a MessagePack array <c>[kind, key|nil, …fields]</c>. Newer versions may only add fields at the end.
/// <code>
/// 1 opened   connection, user|nil              4 left      member kind, member, group
/// 2 closed   connection, reason|nil            5 message   audience kind, name, target, format, bin, [excluded]
/// 3 joined   member kind, member, group        6 presence  connection, group, format, bin
/// </code>
/// </summary>
internal static class EventWriter
{
    public static void Write(ref MessagePackWriter writer, Event value)
    {
        switch (value)
        {
            case MessageSent message:
                Begin(ref writer, EventKind.Message, value.Key, 6);
                writer.Write((int)message.Audience.Kind);
                writer.Write(message.Audience.Name);
                writer.Write(message.Target);
                Write(ref writer, message.Arguments);
                writer.WriteArrayHeader(message.Excluded.Count);
                foreach (var excluded in message.Excluded)
                {
                    writer.Write(excluded.Value);
                }

                break;
            case ConnectionOpened opened:
                Begin(ref writer, EventKind.Opened, value.Key, 2);
                writer.Write(opened.Connection.Value);
                writer.Write(opened.User);
                break;
            case ConnectionClosed closed:
                Begin(ref writer, EventKind.Closed, value.Key, 2);
                writer.Write(closed.Connection.Value);
                writer.Write(closed.Reason);
                break;
            case GroupJoined joined:
                Begin(ref writer, EventKind.Joined, value.Key, 3);
                Write(ref writer, joined.Member, joined.Group);
                break;
            case GroupLeft left:
                Begin(ref writer, EventKind.Left, value.Key, 3);
                Write(ref writer, left.Member, left.Group);
                break;
            case PresenceChanged presence:
                Begin(ref writer, EventKind.Presence, value.Key, 4);
                writer.Write(presence.Connection.Value);
                writer.Write(presence.Group);
                Write(ref writer, presence.State);
                break;
            default:
                throw new ArgumentException($"Events of type {value.GetType().Name} can't be stored.", nameof(value));
        }
    }

    private static void Begin(ref MessagePackWriter writer, EventKind kind, string? key, int fields)
    {
        writer.WriteArrayHeader(fields + 2);
        writer.Write((int)kind);
        writer.Write(key);
    }

    private static void Write(ref MessagePackWriter writer, GroupMember member, string group)
    {
        writer.Write((int)member.Kind);
        writer.Write(member.Name);
        writer.Write(group);
    }

    private static void Write(ref MessagePackWriter writer, Payload payload)
    {
        writer.Write((int)payload.Format);
        writer.Write(payload.Bytes.Span);
    }
}
