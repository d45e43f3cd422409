using System.Buffers;
using MessagePack;
using Serverless.Events;

namespace Serverless.Codec;

/// <summary>Reads what <see cref="EventWriter"/> writes. Fields behind those it knows are passed over. Payloads are slices of the buffer.</summary>
internal static class EventReader
{
    /// <exception cref="MessagePackSerializationException">The bytes aren't an event.</exception>
    /// <exception cref="EndOfStreamException">The bytes end within it.</exception>
    /// <exception cref="OverflowException">A number in it is none that an event has.</exception>
    public static Event Read(ref MessagePackReader reader)
    {
        var fields = reader.ReadArrayHeader();
        var written = reader.ReadInt32();
        var kind = written & ~EventWriter.ForAll;
        var key = reader.ReadString();
        var value = Read(ref reader, (EventKind)kind, key, out var known);
        if (fields - 2 < known)
        {
            throw new MessagePackSerializationException($"An event of kind {kind} has {fields - 2} fields, not {known}.");
        }

        var extra = fields - 2 - known;
        if (extra > 0)
        {
            value = WithMore(value, ref reader, ref extra);
        }

        for (; extra > 0; extra--)
        {
            reader.Skip();
        }

        return kind == written ? value : value with { ForAll = true };
    }

    /// <summary>Reads the fields that not every event of its kind has.</summary>
    private static Event WithMore(Event value, ref MessagePackReader reader, ref int extra)
    {
        switch (value)
        {
            case GroupJoined joined:
                extra--;
                var end = reader.ReadInt64();
                return joined with { End = new(end, extra-- > 0 && reader.ReadBoolean()) };
            case GroupLeft left:
                extra--;
                return left with { Joined = reader.ReadInt64() };
            case MessageSent message:
                extra--;
                return message with { Invocation = reader.ReadString() };
            case InvocationCompleted completed when extra > 1:
                extra -= 2;
                return completed with { Result = ReadPayload(ref reader) };
            default:
                return value;
        }
    }

    private static Event Read(ref MessagePackReader reader, EventKind kind, string? key, out int fields)
    {
        switch (kind)
        {
            case EventKind.Message:
                fields = 6;
                return new MessageSent
                {
                    Key = key,
                    Audience = ReadAudience(ref reader),
                    Target = ReadText(ref reader),
                    Arguments = ReadPayload(ref reader),
                    Excluded = ReadIds(ref reader),
                };
            case EventKind.Opened:
                fields = 2;
                return new ConnectionOpened { Key = key, Connection = ReadId(ref reader), User = reader.ReadString() };
            case EventKind.Closed:
                fields = 2;
                return new ConnectionClosed { Key = key, Connection = ReadId(ref reader), Reason = reader.ReadString() };
            case EventKind.Joined:
                fields = 3;
                return new GroupJoined { Key = key, Member = ReadMember(ref reader), Group = ReadText(ref reader) };
            case EventKind.Left:
                fields = 3;
                return new GroupLeft { Key = key, Member = ReadMember(ref reader), Group = ReadText(ref reader) };
            case EventKind.Presence:
                fields = 4;
                return new PresenceChanged { Key = key, Connection = ReadId(ref reader), Group = ReadText(ref reader), State = ReadPayload(ref reader) };
            case EventKind.LeftAll:
                fields = 2;
                return new GroupsLeft { Key = key, Member = ReadMember(ref reader) };
            case EventKind.Close:
                fields = 4;
                return new CloseRequested { Key = key, Audience = ReadAudience(ref reader), Reason = reader.ReadString(), Excluded = ReadIds(ref reader) };
            case EventKind.Completed:
                fields = 3;
                return new InvocationCompleted { Key = key, Connection = ReadId(ref reader), Invocation = ReadText(ref reader), Error = reader.ReadString() };
            case EventKind.StreamItem:
                fields = 4;
                return new StreamItemSent { Key = key, Connection = ReadId(ref reader), StreamId = ReadText(ref reader), Item = ReadPayload(ref reader) };
            case EventKind.StreamEnd:
                fields = 3;
                return new StreamCompleted { Key = key, Connection = ReadId(ref reader), StreamId = ReadText(ref reader), Error = reader.ReadString() };
            case EventKind.Document:
                fields = 2;
                return new DocumentChanged { Key = key, User = reader.ReadString(), Update = ReadBytes(ref reader) };
            case EventKind.Notification:
                fields = 9;
                return ReadNotification(ref reader, key);
            case EventKind.NotificationsRead:
                fields = 3;
                return new NotificationsRead { Key = key, User = ReadText(ref reader), Ids = ReadTexts(ref reader), UpTo = reader.ReadInt64() };
            default:
                fields = 0;
                return new UnknownEvent { Key = key, Kind = (int)kind };
        }
    }

    private static NotificationSent ReadNotification(ref MessagePackReader reader, string? key) => new()
    {
        Key = key,
        Id = ReadText(ref reader),
        Audience = ReadAudience(ref reader),
        Kind = (NotificationKind)reader.ReadInt32(),
        Body = ReadPayload(ref reader),
        SentAt = DateTimeOffset.FromUnixTimeMilliseconds(reader.ReadInt64()),
        Expires = DateTimeOffset.FromUnixTimeMilliseconds(reader.ReadInt64()),
        From = reader.ReadString(),
    };

    private static string ReadText(ref MessagePackReader reader) =>
        reader.ReadString() ?? throw new MessagePackSerializationException("A text is missing.");

    private static ConnectionId ReadId(ref MessagePackReader reader) => new(ReadText(ref reader));

    private static GroupMember ReadMember(ref MessagePackReader reader) => new((GroupMemberKind)reader.ReadInt32(), ReadText(ref reader));

    private static Audience ReadAudience(ref MessagePackReader reader) => new((AudienceKind)reader.ReadInt32(), ReadText(ref reader));

    private static Payload ReadPayload(ref MessagePackReader reader) => new((PayloadFormat)reader.ReadInt32(), ReadBytes(ref reader));

    private static ReadOnlyMemory<byte> ReadBytes(ref MessagePackReader reader)
    {
        var bytes = reader.ReadBytes() ?? throw new MessagePackSerializationException("A payload is missing.");
        return bytes.IsSingleSegment ? bytes.First : bytes.ToArray();
    }

    private static ConnectionId[] ReadIds(ref MessagePackReader reader)
    {
        var count = reader.ReadArrayHeader();
        if (count == 0)
        {
            return [];
        }

        var ids = new ConnectionId[count];
        for (var i = 0; i < count; i++)
        {
            ids[i] = ReadId(ref reader);
        }

        return ids;
    }

    private static string[] ReadTexts(ref MessagePackReader reader)
    {
        var texts = new string[reader.ReadArrayHeader()];
        for (var i = 0; i < texts.Length; i++)
        {
            texts[i] = ReadText(ref reader);
        }

        return texts;
    }
}
