using System.Globalization;
using CsCheck;
using Serverless.Events;

namespace Serverless.Tests.Core.Codec;

/// <summary>Generators of events of all kinds.</summary>
internal static class AnyEvent
{
    private static readonly Gen<string> Text = Gen.OneOf(Gen.String.AlphaNumeric, Gen.Const(""), Gen.Const("grüße 🎉 \"{}\" \\"), Gen.Const(new string('x', 300)));
    private static readonly Gen<string?> TextOrNull = Gen.OneOf(Text.Select(text => (string?)text), Gen.Const((string?)null));
    private static readonly Gen<ConnectionId> Connection = Text.Select(text => new ConnectionId(text));
    private static readonly Gen<GroupMember> Member = Gen.Select(Gen.Enum<GroupMemberKind>(), Text, (kind, name) => new GroupMember(kind, name));
    private static readonly Gen<Audience> Audience = Gen.Select(Gen.Enum<AudienceKind>(), Text, (kind, name) => new Audience(kind, name));
    private static readonly Gen<Payload> Payload =
        Gen.Select(Gen.Enum<PayloadFormat>(), Gen.Byte.Array[0, 400], (format, bytes) => new Payload(format, bytes));

    private static readonly Gen<DateTimeOffset> Time = Gen.Long[-62_135_596_800_000, 253_402_300_799_999].Select(DateTimeOffset.FromUnixTimeMilliseconds);
    private static readonly Gen<Event> Notification = Gen.Select(
        Gen.Select(TextOrNull, Text, Audience), Gen.Select(Gen.Enum<NotificationKind>(), Payload), Time, Time, TextOrNull, (names, content, sent, expires, from) => (Event)new NotificationSent
        {
            Key = names.Item1,
            Id = names.Item2,
            Audience = names.Item3,
            Kind = content.Item1,
            Body = content.Item2,
            SentAt = sent,
            Expires = expires,
            From = from,
        });

    public static Gen<Event> One { get; } = Gen.OneOf<Event>(
        Gen.Select(TextOrNull, Audience, Text, Payload, Connection.Array[0, 4], TextOrNull, (key, audience, target, arguments, excluded, invocation) =>
            (Event)new MessageSent { Key = key, Audience = audience, Target = target, Arguments = arguments, Excluded = excluded, Invocation = invocation }),
        Gen.Select(TextOrNull, Connection, TextOrNull, (key, connection, user) =>
            (Event)new ConnectionOpened { Key = key, Connection = connection, User = user }),
        Gen.Select(TextOrNull, Connection, TextOrNull, (key, connection, reason) =>
            (Event)new ConnectionClosed { Key = key, Connection = connection, Reason = reason }),
        Gen.Select(TextOrNull, Member, Text, Gen.Long.Nullable(), Gen.Bool, (key, member, group, end, isLatest) =>
            (Event)new GroupJoined { Key = key, Member = member, Group = group, End = new(end, isLatest && end is not null) }),
        Gen.Select(TextOrNull, Member, Text, Gen.Long.Nullable(), (key, member, group, joined) =>
            (Event)new GroupLeft { Key = key, Member = member, Group = group, Joined = joined }),
        Gen.Select(TextOrNull, Member, (key, member) => (Event)new GroupsLeft { Key = key, Member = member }),
        Gen.Select(TextOrNull, Audience, TextOrNull, Connection.Array[0, 4], (key, audience, reason, excluded) =>
            (Event)new CloseRequested { Key = key, Audience = audience, Reason = reason, Excluded = excluded }),
        Gen.Select(TextOrNull, Connection, Text, Payload, (key, connection, group, state) =>
            (Event)new PresenceChanged { Key = key, Connection = connection, Group = group, State = state }),
        Gen.Select(TextOrNull, Connection, Text, TextOrNull, Payload.Nullable(), (key, connection, invocation, error, result) =>
            (Event)new InvocationCompleted { Key = key, Connection = connection, Invocation = invocation, Error = error, Result = result }),
        Gen.Select(TextOrNull, Connection, Text, Payload, (key, connection, id, item) =>
            (Event)new StreamItemSent { Key = key, Connection = connection, StreamId = id, Item = item }),
        Gen.Select(TextOrNull, Connection, Text, TextOrNull, (key, connection, id, error) =>
            (Event)new StreamCompleted { Key = key, Connection = connection, StreamId = id, Error = error }),
        Gen.Select(TextOrNull, TextOrNull, Gen.Byte.Array[0, 400], (key, user, update) =>
            (Event)new DocumentChanged { Key = key, User = user, Update = update }),
        Notification,
        Gen.Select(TextOrNull, Text, Text.Array[0, 4], Gen.Long, (key, user, ids, upTo) =>
            (Event)new NotificationsRead { Key = key, User = user, Ids = ids, UpTo = upTo }));

    public static Gen<Event[]> Batch { get; } = One.Array[1, 30];

    /// <summary>All that an event holds, as text: records compare their lists by reference.</summary>
    public static string Show(Event value) => value is MessageSent message
        ? $"{message with { Arguments = default, Excluded = [] }} {Show(message.Arguments)} not {string.Join(',', message.Excluded)}"
        : value is CloseRequested close ? $"{close with { Excluded = [] }} not {string.Join(',', close.Excluded)}"
        : value is InvocationCompleted { Result: { } result } completed ? $"{completed with { Result = null }} {Show(result)}"
        : value is StreamItemSent item ? $"{item with { Item = default }} {Show(item.Item)}"
        : value is DocumentChanged document ? $"{document with { Update = default }} {Convert.ToHexString(document.Update.Span)}"
        : value is PresenceChanged presence ? $"{presence with { State = default }} {Show(presence.State)}"
        : value is NotificationSent notification ? $"{notification with { Body = default }} {Show(notification.Body)}"
        : value is NotificationsRead read ? $"{read with { Ids = [] }} {string.Join(',', read.Ids)}"
        : value.ToString();

    public static IEnumerable<string> Show(IEnumerable<Event> events) => events.Select(Show);

    private static string Show(Payload payload) =>
        string.Create(CultureInfo.InvariantCulture, $"{payload.Format} {Convert.ToHexString(payload.Bytes.Span)}");
}
