using System.Text.Json;
using Serverless.Events;

namespace Serverless.Services.Messaging;

/// <summary>
/// What applications publish as JSON: one message or an array of them, each <c>{"target":"…","arguments":[…]}</c> with at most one of <c>"group"</c>, <c>"user"</c> and
/// <c>"connection"</c>, and <c>"key"</c>, its idempotency key.
/// </summary>
public static class PublishRequest
{
    /// <summary>The messages of one request.</summary>
    public const int MaxMessages = 1000;

    /// <summary>Reads a request.</summary>
    /// <param name="utf8">The body.</param>
    /// <returns>The messages, in order.</returns>
    /// <exception cref="FormatException">It isn't one; the message says which part, for the caller.</exception>
    public static IReadOnlyList<MessageSent> Parse(ReadOnlyMemory<byte> utf8) => RequestJson.Read<IReadOnlyList<MessageSent>>(utf8, "The body", static root =>
        root.ValueKind != JsonValueKind.Array ? [Read(root, "The message")]
        : root.GetArrayLength() is > 0 and <= MaxMessages ? [.. root.EnumerateArray().Select((message, index) => Read(message, $"Message {index}"))]
        : throw new FormatException($"A request has 1 to {MaxMessages} messages."));

    private static MessageSent Read(JsonElement json, string which)
    {
        if (json.ValueKind != JsonValueKind.Object)
        {
            throw new FormatException($$"""{{which}} isn't an object: {"group":"room","target":"method","arguments":[…]}.""");
        }

        var target = Text(json, "target", which);
        var key = Text(json, "key", which);
        var message = new MessageSent { Audience = ReadAudience(json, which), Target = target ?? "", Arguments = ReadArguments(json, which), Key = key };
        return (EventRules.CheckTarget(target) ?? EventRules.CheckKey(key)) is { } fault ? throw new FormatException($"{which}: {fault}") : message;
    }

    private static Audience ReadAudience(JsonElement json, string which)
    {
        var (group, user, connection) = (Text(json, "group", which), Text(json, "user", which), Text(json, "connection", which));
        var (audience, fault) = (group, user, connection) switch
        {
            (null, null, null) => (Audience.Hub, null),
            ({ } name, null, null) => (Audience.Group(name), EventRules.CheckGroup(name)),
            (null, { } name, null) => (Audience.User(name), EventRules.CheckUser(name)),
            (null, null, { } name) => (Audience.Connection(new(name)), EventRules.CheckConnection(name)),
            _ => (default, "it is for one of 'group', 'user' and 'connection', or for all."),
        };
        return fault is null ? audience : throw new FormatException($"{which}: {fault}");
    }

    private static Payload ReadArguments(JsonElement json, string which) =>
        !json.TryGetProperty("arguments", out var arguments) ? Payload.FromJson("[]"u8)
        : arguments.ValueKind == JsonValueKind.Array ? Payload.FromJson(JsonSerializer.SerializeToUtf8Bytes(arguments))
        : throw new FormatException($"{which}: 'arguments' isn't an array.");

    private static string? Text(JsonElement json, string name, string which) => RequestJson.Text(json, name, $"{which}: ");
}
