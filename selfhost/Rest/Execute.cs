using System.Runtime.InteropServices;
using System.Text.Json;
using Serverless.Events;
using Serverless.FanOut.Membership;

namespace Serverless.SelfHost.Rest;

/// <summary>Applies commands in order to the connections that a filter finds, or to all: <c>[{"type":"SendMessage","message":{…}}, {"type":"JoinGroup","group":"g"}, …]</c>.
/// Each command is an event, and finds its connections where it stands in the stream. Contract, section 3.7.</summary>
internal static class Execute
{
    private const int MaxCommands = 100;

    public static void Map(RestRoutes routes) => routes.MapDated("POST", ExecuteAsync, ":execute");

    private static async Task<IResult> ExecuteAsync(RestCall call)
    {
        var filter = call.Query("filter") ?? "";
        if (ConnectionFilter.Check(filter) is { } fault)
        {
            return ErrorResult.Invalid($"filter: {fault}");
        }

        if (!call.Context.Request.HasJsonContentType())
        {
            return ErrorResult.Of(StatusCodes.Status415UnsupportedMediaType, "The content type must be application/json.");
        }

        List<Event> events;
        try
        {
            using var document = await JsonDocument.ParseAsync(call.Context.Request.Body, cancellationToken: call.Aborted);
            events = Read(document.RootElement, filter);
        }
        catch (Exception malformed) when (malformed is JsonException or FormatException or InvalidOperationException)
        {
            return ErrorResult.Invalid($"The body must be an array of commands. {malformed.Message}");
        }

        if (events.Count > 0)
        {
            await call.AppendAsync(events);
        }

        return Results.StatusCode(StatusCodes.Status202Accepted);
    }

    /// <exception cref="FormatException">A command isn't one.</exception>
    private static List<Event> Read(JsonElement commands, string filter) =>
        commands.ValueKind != JsonValueKind.Array || commands.GetArrayLength() > MaxCommands ? throw new FormatException($"It has at most {MaxCommands}.")
        : [.. commands.EnumerateArray().Select((command, i) => Command(command, filter) ?? throw new FormatException($"Command {i} has none of the known types."))];

    private static Event? Command(JsonElement command, string filter)
    {
        var audience = filter.Length == 0 ? Audience.Hub : Audience.Filter(filter);
        switch (Text(command, "type"))
        {
            case "SendMessage" when command.TryGetProperty("message", out var message):
                var (target, arguments, fault) = JsonBody.Parse(JsonMarshal.GetRawUtf8Value(message).ToArray());
                return target is null || (fault = EventRules.CheckTarget(target) ?? "").Length > 0
                    ? throw new FormatException(fault)
                    : new MessageSent { Audience = audience, Target = target, Arguments = arguments };
            case "JoinGroup":
                return new GroupJoined { Member = GroupMember.Filter(filter), Group = Group(command) };
            case "LeaveGroup":
                return new GroupLeft { Member = GroupMember.Filter(filter), Group = Group(command) };
            case "CloseConnection":
                return new CloseRequested { Audience = audience, Reason = Text(command, "reason") };
            default:
                return null;
        }
    }

    private static string Group(JsonElement command) =>
        EventRules.CheckGroup(Text(command, "group")) is { } fault ? throw new FormatException(fault) : Text(command, "group")!;

    private static string? Text(JsonElement command, string name) =>
        command.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
