using MessagePack;
using Serverless.Events;

namespace Serverless.Codec;

/// <summary>
/// Writes one event as a MessagePack array <c>[kind, key|nil, …fields]</c>; an event for all shards of its hub has 256 added to its kind. Newer versions may only add fields at the end.
/// <code>
/// 1 opened   connection, user|nil              4 left      member kind, member, group
/// 2 closed   connection, reason|nil              then, if it is the end of one joining: the joining's offset
/// 3 joined   member kind, member, group        5 message   audience kind, name, target, format, bin, [excluded]
///   then, if it ends by itself: ms since 1970  6 presence  connection, group, format, bin
///   then, if nobody asked for that end: true
///                                                then, if a result is wanted: its id
/// 7 left all member kind, member               8 close     audience kind, name, reason|nil, [excluded]
/// 9 completed connection, id, error|nil        10 item     connection, id, format, bin
///   then, if it gives a value: format, bin     11 end      connection, id, error|nil
/// 12 document  user|nil, bin
/// 13 notification  id, audience kind, name, 0 toast | 1 alert, format, bin, sent, expires in ms since 1970, from|nil
/// 14 notifications read  user, [ids], up to offset
/// </code>
/// </summary>
internal static class EventWriter
{
    /// <summary>Added to the kind of an event that is for all shards.</summary>
    public const int ForAll = 256;

    public static void Write(ref MessagePackWriter writer, Event value)
    {
        switch (value)
        {
            case MessageSent message:
                Begin(ref writer, EventKind.Message, value, message.Invocation is null ? 6 : 7);
                Write(ref writer, message.Audience);
                writer.Write(message.Target);
                Write(ref writer, message.Arguments);
                Write(ref writer, message.Excluded);
                if (message.Invocation is { } invocation)
                {
                    writer.Write(invocation);
                }

                break;
            case ConnectionOpened opened:
                Begin(ref writer, EventKind.Opened, value, 2);
                writer.Write(opened.Connection.Value);
                writer.Write(opened.User);
                break;
            case ConnectionClosed closed:
                Begin(ref writer, EventKind.Closed, value, 2);
                writer.Write(closed.Connection.Value);
                writer.Write(closed.Reason);
                break;
            case GroupJoined joined:
                Begin(ref writer, EventKind.Joined, value, joined.End.UnixMilliseconds is null ? 3 : joined.End.IsLatest ? 5 : 4);
                Write(ref writer, joined.Member, joined.Group);
                WriteIfAny(ref writer, joined.End.UnixMilliseconds);
                if (joined.End is { UnixMilliseconds: not null, IsLatest: true })
                {
                    writer.Write(true);
                }

                break;
            case GroupLeft left:
                Begin(ref writer, EventKind.Left, value, left.Joined is null ? 3 : 4);
                Write(ref writer, left.Member, left.Group);
                WriteIfAny(ref writer, left.Joined);
                break;
            case GroupsLeft all:
                Begin(ref writer, EventKind.LeftAll, value, 2);
                Write(ref writer, all.Member);
                break;
            case CloseRequested close:
                Begin(ref writer, EventKind.Close, value, 4);
                Write(ref writer, close.Audience);
                writer.Write(close.Reason);
                Write(ref writer, close.Excluded);
                break;
            case PresenceChanged presence:
                Begin(ref writer, EventKind.Presence, value, 4);
                writer.Write(presence.Connection.Value);
                writer.Write(presence.Group);
                Write(ref writer, presence.State);
                break;
            case InvocationCompleted completed:
                Begin(ref writer, EventKind.Completed, value, completed.Result is null ? 3 : 5);
                Write(ref writer, completed.Connection, completed.Invocation);
                writer.Write(completed.Error);
                if (completed.Result is { } result)
                {
                    Write(ref writer, result);
                }

                break;
            case StreamItemSent item:
                Begin(ref writer, EventKind.StreamItem, value, 4);
                Write(ref writer, item.Connection, item.StreamId);
                Write(ref writer, item.Item);
                break;
            case StreamCompleted end:
                Begin(ref writer, EventKind.StreamEnd, value, 3);
                Write(ref writer, end.Connection, end.StreamId);
                writer.Write(end.Error);
                break;
            case DocumentChanged document:
                Begin(ref writer, EventKind.Document, value, 2);
                writer.Write(document.User);
                writer.Write(document.Update.Span);
                break;
            case NotificationSent notification:
                Begin(ref writer, EventKind.Notification, value, 9);
                Write(ref writer, notification);
                break;
            case NotificationsRead read:
                Begin(ref writer, EventKind.NotificationsRead, value, 3);
                writer.Write(read.User);
                writer.WriteArrayHeader(read.Ids.Count);
                foreach (var id in read.Ids)
                {
                    writer.Write(id);
                }

                writer.Write(read.UpTo);
                break;
            default:
                throw new ArgumentException($"Events of type {value.GetType().Name} can't be stored.", nameof(value));
        }
    }

    private static void Begin(ref MessagePackWriter writer, EventKind kind, Event value, int fields)
    {
        writer.WriteArrayHeader(fields + 2);
        writer.Write(value.ForAll ? (int)kind | ForAll : (int)kind);
        writer.Write(value.Key);
    }

    private static void Write(ref MessagePackWriter writer, NotificationSent notification)
    {
        writer.Write(notification.Id);
        Write(ref writer, notification.Audience);
        writer.Write((int)notification.Kind);
        Write(ref writer, notification.Body);
        writer.Write(notification.SentAt.ToUnixTimeMilliseconds());
        writer.Write(notification.Expires.ToUnixTimeMilliseconds());
        writer.Write(notification.From);
    }

    private static void Write(ref MessagePackWriter writer, ConnectionId connection, string id)
    {
        writer.Write(connection.Value);
        writer.Write(id);
    }

    private static void Write(ref MessagePackWriter writer, GroupMember member, string group)
    {
        Write(ref writer, member);
        writer.Write(group);
    }

    private static void Write(ref MessagePackWriter writer, GroupMember member)
    {
        writer.Write((int)member.Kind);
        writer.Write(member.Name);
    }

    private static void WriteIfAny(ref MessagePackWriter writer, long? value)
    {
        if (value is { } number)
        {
            writer.Write(number);
        }
    }

    private static void Write(ref MessagePackWriter writer, Audience audience)
    {
        writer.Write((int)audience.Kind);
        writer.Write(audience.Name);
    }

    private static void Write(ref MessagePackWriter writer, IReadOnlyList<ConnectionId> ids)
    {
        writer.WriteArrayHeader(ids.Count);
        foreach (var id in ids)
        {
            writer.Write(id.Value);
        }
    }

    private static void Write(ref MessagePackWriter writer, Payload payload)
    {
        writer.Write((int)payload.Format);
        writer.Write(payload.Bytes.Span);
    }
}
