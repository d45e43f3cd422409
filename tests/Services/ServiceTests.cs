using System.Collections.Concurrent;
using System.Text.Json.Serialization;
using MessagePack;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using Serverless.Services.Auth;
using Serverless.Tests.Fixtures;
using Xunit;

namespace Serverless.Tests.Services;

/// <summary>What services do for stock clients; the same in process and behind the upstream webhook.</summary>
/// <param name="nodes">Who runs them.</param>
public abstract partial class ServiceTests(ServiceNode nodes)
{
    private static readonly TimeSpan Guard = TimeSpan.FromSeconds(30);

    public static TheoryData<string> Protocols => ["json", "messagepack"];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task Messaging_GroupUserAndAll_ReachThoseMeant(string protocol)
    {
        var hub = NewHub();
        await using var ada = await ClientAsync(nodes.First, hub, "ada", protocol);
        await using var bob = await ClientAsync(nodes.Second, hub, "bob", protocol);
        await ada.Connection.InvokeAsync("JoinGroup", "room", Stop);
        await bob.Connection.InvokeAsync("SendToGroup", "room", "say", "to the room", Stop);
        await ada.Connection.InvokeAsync("SendToUser", "bob", "say", "to bob", Stop);
        await ada.Connection.InvokeAsync("LeaveGroup", "room", Stop);
        await ada.Connection.InvokeAsync("Broadcast", "say", "to all", Stop);

        await ada.SeesAsync("say to the room", "say to all");
        await bob.SeesAsync("say to bob", "say to all");
        Assert.Equal(42, await ada.Connection.InvokeAsync<int>("Echo", 42, Stop));
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task Calls_Refused_GetTheReasonAndNoStack(string protocol)
    {
        await using var ada = await ClientAsync(nodes.First, NewHub(), "ada", protocol, (Access.GroupsClaim, Access.ToClaim(["team a*"])));

        await ada.Connection.InvokeAsync("JoinGroup", "team a: one", Stop);
        foreach (var (method, argument, reason) in new[]
        {
            ("JoinGroup", "team b", "isn't allowed"),
            ("JoinGroup", "", "group's name"),
            ("presence-users", "team b", "isn't allowed"),
        })
        {
            var fault = await Assert.ThrowsAsync<HubException>(() => ada.Connection.InvokeAsync(method, argument, Stop));
            Assert.Contains(reason, fault.Message, StringComparison.Ordinal);
            Assert.DoesNotContain("   at ", fault.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task Calls_TokenListsNothing_AreRefused(string protocol)
    {
        await using var ada = await ClientAsync(nodes.First, NewHub(), "J\u00f6rg 50%, x", protocol, (Access.GroupsClaim, ""), (Access.DocumentsClaim, Access.ToClaim([])));

        Assert.Equal(1, await ada.Connection.InvokeAsync<int>("Echo", 1, Stop));
        foreach (var (method, arguments) in new (string, object?[])[]
        {
            ("JoinGroup", ["room"]), ("SendToGroup", ["room", "say", "x"]), ("SendToUser", ["bob", "say", "x"]), ("Broadcast", ["say", "x"]),
            ("presence-join", ["room", 1]), ("cursor-move", ["room", 1]), ("document-sync", ["notes"]), ("notification-send", [new Dictionary<string, string>(), "toast", 1]),
        })
        {
            var fault = await Assert.ThrowsAsync<HubException>(() => ada.Connection.InvokeCoreAsync(method, arguments, Stop));
            Assert.Contains("isn't allowed", fault.Message, StringComparison.Ordinal);
        }
    }

    /// <summary>Who runs the hub sees what was refused to whom; who calls learns no more than that it was.</summary>
    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task Calls_TokenDoesNotCover_HaveTheReasonInTheLogAndNotInTheAnswer(string protocol)
    {
        var hub = NewHub();
        await using var ada = await ClientAsync(nodes.First, hub, "ada", protocol, (Access.GroupsClaim, Access.ToClaim(["team a"])), (Access.DocumentsClaim, Access.ToClaim(["my *"])));

        foreach (var (method, arguments, what) in new (string, object?[], string)[]
        {
            ("document-sync", ["yours"], "Document 'yours'"),
            ("document-change", ["yours", Convert.FromBase64String(Hi)], "Document 'yours'"),
            ("JoinGroup", ["team b\n!"], "Group 'team b?!'"),
            ("presence-join", [new string('r', 128), 1], "Group 'rrr"),
            ("Broadcast", ["say", "x"], "Hub ''"),
        })
        {
            var fault = await Assert.ThrowsAsync<HubException>(() => ada.Connection.InvokeCoreAsync(method, arguments, Stop));
            Assert.EndsWith($"'{method}' isn't allowed.", fault.Message.Split('\n').Single(line => line.Contains(method, StringComparison.Ordinal)), StringComparison.Ordinal);
            Assert.DoesNotContain("token", fault.Message, StringComparison.OrdinalIgnoreCase);
            await Wait.UntilAsync(() => Task.FromResult(IsLogged($"{method} is refused to user 'ada' on connection ", $" of hub {hub}: neither its access token nor the access policy covers {what}")), nodes.Logged);
        }

        bool IsLogged(string beginning, string end) =>
            nodes.Logged.Split('\n').Any(line => line.Contains(beginning, StringComparison.Ordinal) && line.Contains(end, StringComparison.Ordinal));
    }

    /// <summary>Nobody gets into a document's group, or speaks for a service, by another service's methods.</summary>
    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task Calls_NamesOfServices_AreRefused(string protocol)
    {
        await using var ada = await ClientAsync(nodes.First, NewHub(), "ada", protocol, (Access.DocumentsClaim, Access.ToClaim([])));

        foreach (var (method, arguments) in new (string, object?[])[]
        {
            ("JoinGroup", ["document/notes"]), ("presence-join", ["document/notes", 1]), ("cursor-move", ["document/notes", 1]), ("SendToGroup", ["document/notes", "say", "x"]),
            ("notification-send", [new Dictionary<string, string> { ["group"] = "document/notes" }, "toast", 1]),
            ("SendToUser", ["bob", "notification", 1]), ("Broadcast", ["Presence-Left", 1]), ("SendToGroup", ["room", "document-updated", 1]), ("Broadcast", ["cursor-moved", 1]),
            ("SendToGroup", ["room", "typing", "room", 1]),
        })
        {
            var fault = await Assert.ThrowsAsync<HubException>(() => ada.Connection.InvokeCoreAsync(method, arguments, Stop));
            Assert.Matches("belong to documents|targets of services", fault.Message);
        }
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task User_OfAnyLetters_IsWhoTheTokenSays(string protocol)
    {
        const string Name = "J\u00f6rg a%C3%BC 50%, x";
        var hub = NewHub();
        await using var joerg = await ClientAsync(nodes.First, hub, Name, protocol);
        await using var bob = await ClientAsync(nodes.Second, hub, "bob", protocol);
        await bob.Connection.InvokeAsync<Member[]>("presence-join", "room", 1, Stop);
        await joerg.Connection.InvokeAsync<Member[]>("presence-join", "room", 2, Stop);

        await bob.SeesAsync($"presence-joined room {Name} 2");
    }

    private static string NewHub() => $"h{Guid.NewGuid():N}";

    private static async Task<Client> ClientAsync(NodeProcess node, string hub, string user, string protocol, params (string Name, string Value)[] claims)
    {
        Client? client = null;
        var connection = await ServiceNode.ConnectAsync(node, hub, user, protocol, connection => client = new(connection), claims);
        Assert.Same(connection, client!.Connection);
        return client;
    }

    /// <summary>A stock client, and what it was sent.</summary>
    private sealed class Client : IAsyncDisposable
    {
        private readonly BlockingCollection<string> _seen = [];

        public Client(HubConnection connection)
        {
            Connection = connection;
            connection.On<string>("say", text => _seen.Add($"say {text}"));
            connection.On<Note>("notification", note => _seen.Add($"notification {note.Kind} {note.Body} {note.From}"));
            connection.On<Marked>("notifications-read", read => _seen.Add($"notifications-read {string.Join(',', read.Ids ?? [])} {read.UpTo}"));
            foreach (var target in new[] { "presence-joined", "presence-changed", "presence-left", "cursor-moved", "typing" })
            {
                connection.On<string, Member>(target, (room, member) => _seen.Add($"{target} {room} {member.User} {member.State}"));
            }
        }

        public HubConnection Connection { get; }

        /// <summary>The next things that it is sent.</summary>
        public async Task SeesAsync(params string[] expected)
        {
            foreach (var text in expected)
            {
                Assert.Equal(text, await NextAsync());
            }
        }

        public Task<string?> NextAsync() => Task.Run(() => _seen.TryTake(out var next, Guard) ? next : null);

        public ValueTask DisposeAsync() => Connection.DisposeAsync();
    }

    /// <summary>Somebody in a room.</summary>
    [MessagePackObject]
    public sealed record Member
    {
        [Key("connection"), JsonPropertyName("connection")]
        public string Connection { get; init; } = "";

        [Key("user"), JsonPropertyName("user")]
        public string? User { get; init; }

        [Key("state"), JsonPropertyName("state")]
        public object? State { get; init; }
    }
}

public sealed class InProcessServiceTests(InProcessNode nodes) : ServiceTests(nodes), IClassFixture<InProcessNode>;

public sealed class WebhookServiceTests(WebhookNode nodes) : ServiceTests(nodes), IClassFixture<WebhookNode>;
