using System.Text.Json;
using Serverless.Events;
using Serverless.FanOut;

namespace Serverless.Services.Notifications;

/// <summary>
/// Notifications as callers write them: <c>{"to":{"user":"ann"},"kind":"toast","body":…,"expiresIn":3600,"id":"order-17","from":"shop"}</c>, where <c>to</c> is
/// <c>{"user":…}</c>, <c>{"group":…}</c> or <c>{}</c> for all, and the last three may be missing. What isn't known is refused: a name that is mistyped shall not reach all.
/// </summary>
public static class NotificationRequest
{
    /// <summary>Reads a request.</summary>
    /// <param name="utf8">The body.</param>
    /// <exception cref="FormatException">It isn't one; the message says what is wrong, for the caller.</exception>
    public static Notification Parse(ReadOnlyMemory<byte> utf8) => RequestJson.Read(utf8, "The body", static json =>
    {
        Expect(json, "The notification", "to", "kind", "body", "expiresIn", "id", "from");
        return json.TryGetProperty("to", out var to) && json.TryGetProperty("body", out var body)
            ? WithOptions(new() { Audience = Audience(to), Kind = Kind(RequestJson.Text(json, "kind")), Body = Copy(body), From = RequestJson.Text(json, "from") }, json)
            : throw new FormatException("""A notification has 'to' and 'body': {"to":{"user":…},"kind":"toast","body":…}.""");
    });

    /// <summary>Reads the arguments of <c>notification-send(to, kind, body, options?)</c>.</summary>
    /// <exception cref="FormatException">They aren't; the message says what is wrong, for the caller.</exception>
    internal static Notification Parse(IReadOnlyList<Payload> arguments, string? from)
    {
        if (arguments.Count is not (3 or 4))
        {
            throw new FormatException("'notification-send' takes whom it is for, 'toast' or 'alert', a body, and perhaps options.");
        }

        var notification = new Notification
        {
            Audience = Read(arguments[0], "Whom it is for", Audience),
            Kind = Kind(PayloadList.AsText(arguments[1])),
            Body = arguments[2],
            From = from,
        };
        return arguments.Count == 3 ? notification : Read(arguments[3], "The options", json =>
        {
            if (json.ValueKind == JsonValueKind.Null)
            {
                return notification;
            }

            Expect(json, "The options", "expiresIn", "id");
            return WithOptions(notification, json);
        });
    }

    /// <summary>Reads the argument of <c>notification-list({after?, unreadOnly?, limit?})</c>.</summary>
    /// <exception cref="FormatException">It isn't one; the message says what is wrong, for the caller.</exception>
    internal static NotificationQuery ParseQuery(IReadOnlyList<Payload> arguments) => arguments.Count switch
    {
        0 => new(),
        1 => Read(arguments[0], "What is asked for", static json =>
        {
            if (json.ValueKind == JsonValueKind.Null)
            {
                return new();
            }

            Expect(json, "What is asked for", "after", "unreadOnly", "limit");
            return new NotificationQuery
            {
                After = RequestJson.Text(json, "after"),
                UnreadOnly = json.TryGetProperty("unreadOnly", out var unread) && unread.ValueKind switch
                {
                    JsonValueKind.True => true,
                    JsonValueKind.False or JsonValueKind.Null => false,
                    _ => throw new FormatException("'unreadOnly' is true or false."),
                },
                Limit = !json.TryGetProperty("limit", out var limit) || limit.ValueKind == JsonValueKind.Null ? null
                    : limit.ValueKind == JsonValueKind.Number && limit.TryGetInt32(out var count) && count > 0 ? count
                    : throw new FormatException("'limit' is a whole number from 1 on."),
            };
        }),
        _ => throw new FormatException("'notification-list' takes at most one argument: {\"after\":…,\"unreadOnly\":…,\"limit\":…}."),
    };

    private static T Read<T>(Payload argument, string what, Func<JsonElement, T> read) =>
        RequestJson.Read(Transcoder.Convert(argument, PayloadFormat.Json).Bytes, what, read);

    private static Audience Audience(JsonElement to)
    {
        Expect(to, "Whom it is for", "user", "group");
        return (RequestJson.Text(to, "user"), RequestJson.Text(to, "group")) switch
        {
            (null, null) when to.GetPropertyCount() == 0 => Events.Audience.Hub,
            ({ } user, null) => Events.Audience.User(user),
            (null, { } group) => Events.Audience.Group(group),
            _ => throw new FormatException("""A notification is for {"user":…}, for {"group":…}, or, with {}, for all."""),
        };
    }

    private static NotificationKind Kind(string? kind) => kind switch
    {
        "toast" => NotificationKind.Toast,
        "alert" => NotificationKind.Alert,
        _ => throw new FormatException("A notification is a 'toast' or an 'alert'."),
    };

    private static Notification WithOptions(Notification notification, JsonElement json) => notification with
    {
        Id = RequestJson.Text(json, "id"),
        ExpiresIn = !json.TryGetProperty("expiresIn", out var seconds) || seconds.ValueKind == JsonValueKind.Null ? null
            : seconds.ValueKind == JsonValueKind.Number && seconds.TryGetDouble(out var value) && value >= 1 && value <= Notification.MaxExpiry.TotalSeconds ? TimeSpan.FromSeconds(value)
            : throw new FormatException($"'expiresIn' is a number of seconds, 1 to {Notification.MaxExpiry.TotalSeconds}."),
    };

    private static Payload Copy(JsonElement value) => Payload.FromJson(JsonSerializer.SerializeToUtf8Bytes(value));

    private static void Expect(JsonElement json, string what, params ReadOnlySpan<string> names)
    {
        if (json.ValueKind != JsonValueKind.Object)
        {
            throw new FormatException($"{what}: an object is expected.");
        }

        foreach (var property in json.EnumerateObject())
        {
            if (!names.Contains(property.Name))
            {
                throw new FormatException($"{what}: there are only {string.Join(", ", names.ToArray())}.");
            }
        }
    }
}
