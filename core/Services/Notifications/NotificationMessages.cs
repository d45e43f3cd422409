using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using MessagePack;
using Serverless.Events;
using Serverless.FanOut;

namespace Serverless.Services.Notifications;

/// <summary>What clients are told: <c>notification({id, kind, body, from, sentAt, expires})</c> and <c>notifications-read({ids})</c> or <c>({upTo})</c>.</summary>
internal static class NotificationMessages
{
    /// <summary>For its audience, once for each id.</summary>
    /// <exception cref="FormatException">A client couldn't be sent its body.</exception>
    public static MessageSent ToAudience(NotificationSent sent)
    {
        var message = Of(sent, sent.Audience, $"notification:{sent.Id}");
        // what can't be MessagePack would fail for each receiver that speaks it, again and again
        var scratch = new MessagePackWriter(new ArrayBufferWriter<byte>());
        Transcoder.WriteMessagePack(message.Arguments, ref scratch);
        return message;
    }

    /// <summary>For a connection, once.</summary>
    public static MessageSent ToConnection(NotificationSent sent, ConnectionId connection)
    {
        // ids of connections may be longer than keys
        var key = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes($"{sent.Id}\n{connection.Value}")));
        return Of(sent, Audience.Connection(connection), $"notified:{key}");
    }

    /// <summary>For the other connections of the one who read.</summary>
    /// <param name="reader">Who read.</param>
    /// <param name="user">Its user.</param>
    /// <param name="write">Writes the only field.</param>
    public static MessageSent Read(HubCaller reader, string user, Action<Utf8JsonWriter> write) => new()
    {
        Audience = Audience.User(user),
        Target = "notifications-read",
        Arguments = Reply.Json(writer =>
        {
            writer.WriteStartArray();
            writer.WriteStartObject();
            write(writer);
            writer.WriteEndObject();
            writer.WriteEndArray();
        }),
        Excluded = [reader.Connection],
    };

    /// <summary>Writes one, and <c>isRead</c> unless it is null.</summary>
    public static void Write(Utf8JsonWriter writer, NotificationSent sent, bool? isRead)
    {
        writer.WriteStartObject();
        writer.WriteString("id", sent.Id);
        writer.WriteString("kind", sent.Kind == NotificationKind.Alert ? "alert" : "toast");
        writer.WritePropertyName("body");
        writer.WritePayload(sent.Body);
        writer.WriteString("from", sent.From);
        writer.WriteString("sentAt", sent.SentAt);
        writer.WriteString("expires", sent.Expires);
        if (isRead is { } read)
        {
            writer.WriteBoolean("isRead", read);
        }

        writer.WriteEndObject();
    }

    private static MessageSent Of(NotificationSent sent, Audience audience, string key) => new()
    {
        Audience = audience,
        Target = "notification",
        Arguments = Reply.Json(writer =>
        {
            writer.WriteStartArray();
            Write(writer, sent, null);
            writer.WriteEndArray();
        }),
        Key = key,
    };
}
