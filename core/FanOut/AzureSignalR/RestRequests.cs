using System.Globalization;
using Serverless.Events;

namespace Serverless.FanOut.AzureSignalR;

/// <summary>Makes the request that does at the endpoint what an event says. Contract, sections 3.5, 3.7 and 3.9.</summary>
internal static class RestRequests
{
    private const string First = RestRequest.FirstVersion;
    private const string WithExecute = "api-version=2023-07-01";
    private const string WithStreams = "api-version=2024-12-01";

    /// <exception cref="FormatException">There is no such request; the message says why.</exception>
    public static RestRequest For(string hub, Event value, DateTimeOffset now) => value switch
    {
        MessageSent { Audience.Kind: AudienceKind.Filter } message => Execute(hub, message.Audience.Name, RestBodies.Commands([message])),
        MessageSent message => Send(hub, message),
        GroupJoined { Member.Kind: GroupMemberKind.Filter } joined => Execute(hub, joined.Member.Name, RestBodies.Command("JoinGroup", "group", joined.Group)),
        GroupLeft { Member.Kind: GroupMemberKind.Filter } left => Execute(hub, left.Member.Name, RestBodies.Command("LeaveGroup", "group", left.Group)),
        GroupJoined joined => new(HttpMethod.Put, $"{Member(hub, joined.Member)}/groups/{Name(joined.Group)}", Query(TimeToLive(joined, now))),
        GroupLeft left => new(HttpMethod.Delete, $"{Member(hub, left.Member)}/groups/{Name(left.Group)}", First),
        GroupsLeft { Member.Kind: not GroupMemberKind.Filter } left => new(HttpMethod.Delete, $"{Member(hub, left.Member)}/groups", First),
        CloseRequested { Audience.Kind: AudienceKind.Filter } close => Execute(hub, close.Audience.Name, RestBodies.Command("CloseConnection", "reason", close.Reason)),
        CloseRequested { Audience.Kind: AudienceKind.Connection } close => new(HttpMethod.Delete, Target(hub, close.Audience), Query(Reason(close))),
        CloseRequested close => new(HttpMethod.Post, $"{Target(hub, close.Audience)}/:closeConnections", Query([.. Excluded(close.Excluded), .. Reason(close)])),
        StreamItemSent item => WithItem(new(HttpMethod.Post, $"{Stream(hub, item.Connection, item.StreamId)}/:send", WithStreams), item),
        StreamCompleted end => new(
            HttpMethod.Post, $"{Stream(hub, end.Connection, end.StreamId)}/:complete", end.Error is { } why ? $"reason={Uri.EscapeDataString(why)}&{WithStreams}" : WithStreams),
        _ => throw new FormatException($"The REST API has no call for {value.GetType().Name}."),
    };

    /// <summary>Several messages to one audience, in order.</summary>
    /// <exception cref="FormatException">One of them can't be written.</exception>
    public static RestRequest Execute(string hub, Audience audience, IEnumerable<MessageSent> messages) =>
        Execute(hub, Filter(audience), RestBodies.Commands(messages));

    private static RestRequest Execute(string hub, string filter, ReadOnlyMemory<byte> commands) =>
        new(HttpMethod.Post, $"{Hub(hub)}/:execute", filter.Length == 0 ? WithExecute : $"filter={Uri.EscapeDataString(filter)}&{WithExecute}")
        {
            ContentType = RestRequest.Json,
            Body = commands,
        };

    private static RestRequest Send(string hub, MessageSent message)
    {
        var request = new RestRequest(HttpMethod.Post, $"{Target(hub, message.Audience)}/:send", Query(Excluded(message.Excluded)));
        return message.Arguments.Format == PayloadFormat.Json
            ? request with { ContentType = RestRequest.Json, Body = RestBodies.Message(message) }
            : request with
            {
                ContentType = RestRequest.Frames,
                Body = RestBodies.Frames(message.Arguments, protocol => InvocationFrame.Write(message, protocol)),
            };
    }

    private static RestRequest WithItem(RestRequest request, StreamItemSent sent) =>
        sent.Item.Format == PayloadFormat.Json
            ? request with { ContentType = RestRequest.Json, Body = sent.Item.Bytes }
            : request with { ContentType = RestRequest.Frames, Body = RestBodies.Frames(sent.Item, protocol => StreamFrame.Item(sent, protocol)) };

    private static string Stream(string hub, ConnectionId connection, string id) => $"{Target(hub, Audience.Connection(connection))}/streams/{Name(id)}";

    private static string Filter(Audience audience) => audience.Kind switch
    {
        AudienceKind.Hub => "",
        AudienceKind.Group => $"{Text(audience.Name)} in groups",
        AudienceKind.User => $"userId eq {Text(audience.Name)}",
        AudienceKind.Connection => $"connectionId eq {Text(audience.Name)}",
        _ => audience.Name,
    };

    private static string Text(string name) => $"'{name.Replace("'", "''", StringComparison.Ordinal)}'";

    private static string Hub(string hub) => $"/api/hubs/{Name(hub)}";

    private static string Target(string hub, Audience audience) => audience.Kind switch
    {
        AudienceKind.Group => $"{Hub(hub)}/groups/{Name(audience.Name)}",
        AudienceKind.User => $"{Hub(hub)}/users/{Name(audience.Name)}",
        AudienceKind.Connection => $"{Hub(hub)}/connections/{Name(audience.Name)}",
        _ => Hub(hub),
    };

    private static string Member(string hub, GroupMember member) =>
        Target(hub, new(member.Kind == GroupMemberKind.User ? AudienceKind.User : AudienceKind.Connection, member.Name));

    /// <summary>On the way such a part takes the one before it with it: what is for a group would go to the hub.</summary>
    private static string Name(string name) =>
        name is "." or ".." ? throw new FormatException($"The name '{name}' can't stand in an address.") : Uri.EscapeDataString(name);

    /// <summary>A membership that was to end meanwhile is for a second: what was sent to it follows.</summary>
    private static IEnumerable<string> TimeToLive(GroupJoined joined, DateTimeOffset now) => (joined.Member.Kind, joined.End.UnixMilliseconds) switch
    {
        (not GroupMemberKind.User, _) or (_, null) => [],
        _ when joined.End.GivesWay => [],
        (_, 0) => ["ttl=0"],
        (_, { } end) => [string.Create(CultureInfo.InvariantCulture, $"ttl={Math.Clamp((end - now.ToUnixTimeMilliseconds()) / 1000, 1, int.MaxValue)}")],
    };

    private static IEnumerable<string> Excluded(IReadOnlyList<ConnectionId> excluded) => excluded.Select(id => $"excluded={Uri.EscapeDataString(id.Value)}");

    private static IEnumerable<string> Reason(CloseRequested close) => close.Reason is { } reason ? [$"reason={Uri.EscapeDataString(reason)}"] : [];

    private static string Query(IEnumerable<string> parameters) => string.Join('&', [.. parameters, First]);
}
