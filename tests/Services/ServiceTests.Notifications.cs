using System.Text.Json.Serialization;
using MessagePack;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using Serverless.Services.Auth;
using Xunit;

namespace Serverless.Tests.Services;

public abstract partial class ServiceTests
{
    private static readonly Dictionary<string, string> ToAll = [];

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task Notifications_UserAway_ComeOnReturnUntilTheyAreRead(string protocol)
    {
        var hub = NewHub();
        await using var ann = await ClientAsync(nodes.First, hub, "ann", protocol);
        var one = await SendAsync(ann, To("user", "bob"), "one");
        await SendAsync(ann, To("user", "bob"), "two");
        for (var time = 0; time < 2; time++)
        {
            await using var away = await ClientAsync(nodes.Second, hub, "bob", protocol);
            await away.SeesAsync("notification toast one ann", "notification toast two ann");
        }

        await using var bob = await ClientAsync(nodes.First, hub, "bob", protocol);
        await bob.SeesAsync("notification toast one ann", "notification toast two ann");
        Assert.Equal("one,two", await ListAsync(bob));
        await bob.Connection.InvokeAsync("notification-read", one, Stop);
        Assert.Equal("one read,two", await ListAsync(bob));

        await using var again = await ClientAsync(nodes.Second, hub, "bob", protocol);
        await again.SeesAsync("notification toast two ann");
        Assert.Equal("one read,two", await ListAsync(again));
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task Notifications_ReadOnOneConnection_AreToldToTheOther(string protocol)
    {
        var hub = NewHub();
        await using var ann = await ClientAsync(nodes.First, hub, "ann", protocol);
        var waiting = await SendAsync(ann, To("user", "bob"), "waiting");
        await using var desk = await ClientAsync(nodes.First, hub, "bob", protocol);
        await using var phone = await ClientAsync(nodes.Second, hub, "bob", protocol);
        await desk.SeesAsync("notification toast waiting ann");
        await phone.SeesAsync("notification toast waiting ann");
        await SendAsync(ann, To("user", "bob"), "live");
        await desk.SeesAsync("notification toast live ann");
        await phone.SeesAsync("notification toast live ann");

        await desk.Connection.InvokeAsync("notification-read", waiting, Stop);
        await phone.SeesAsync($"notifications-read {waiting} ");
        await phone.Connection.InvokeAsync("notification-read-all", Stop);
        Assert.StartsWith("notifications-read  20", await desk.NextAsync(), StringComparison.Ordinal);
        Assert.Equal("waiting read,live read", await ListAsync(desk));
        await ann.Connection.InvokeAsync("Broadcast", "say", "end", Stop);
        await desk.SeesAsync("say end");
        await phone.SeesAsync("say end");
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task Notifications_GroupAndAll_ReachThoseMeantOnBothNodes(string protocol)
    {
        var hub = NewHub();
        await using var ann = await ClientAsync(nodes.First, hub, "ann", protocol);
        await SendAsync(ann, ToAll, "first");
        await using var bob = await ClientAsync(nodes.Second, hub, "bob", protocol);
        await using var eve = await ClientAsync(nodes.First, hub, "eve", protocol);
        // once these have come, what follows is live
        await bob.SeesAsync("notification toast first ann");
        await eve.SeesAsync("notification toast first ann");
        await bob.Connection.InvokeAsync("JoinGroup", "room", Stop);

        await SendAsync(ann, To("group", "room"), "to the room");
        await SendAsync(ann, ToAll, "to all");
        await bob.SeesAsync("notification toast to the room ann", "notification toast to all ann");
        await eve.SeesAsync("notification toast to all ann");
        Assert.Equal("first,to the room,to all", await ListAsync(bob));
        Assert.Equal("first,to all", await ListAsync(eve));
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task Notifications_SameId_IsSentOnce(string protocol)
    {
        var hub = NewHub();
        await using var ann = await ClientAsync(nodes.First, hub, "ann", protocol);
        var options = new Dictionary<string, object> { ["id"] = "n1", ["expiresIn"] = 60 };
        var first = await ann.Connection.InvokeAsync<Sent>("notification-send", To("user", "bob"), "alert", "hi", options, Stop);
        var second = await ann.Connection.InvokeAsync<Sent>("notification-send", To("user", "bob"), "alert", "hi", options, Stop);

        Assert.False(first.IsDuplicate);
        Assert.Equal(first with { IsDuplicate = true }, second);
        await using var bob = await ClientAsync(nodes.Second, hub, "bob", protocol);
        await bob.SeesAsync("notification alert hi ann");
        Assert.Equal("hi", await ListAsync(bob));
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task Notifications_Refused_GetTheReason(string protocol)
    {
        await using var ada = await ClientAsync(nodes.First, NewHub(), "ada", protocol, (Access.GroupsClaim, Access.ToClaim(["team a"])));
        await SendAsync(ada, To("group", "team a"), "allowed");

        foreach (var (to, reason) in new[] { (ToAll, "isn't allowed"), (To("group", "team b"), "isn't allowed"), (To("usr", "bob"), "only user, group") })
        {
            var fault = await Assert.ThrowsAsync<HubException>(() => SendAsync(ada, to, "refused"));
            Assert.Contains(reason, fault.Message, StringComparison.Ordinal);
        }
    }

    private static Dictionary<string, string> To(string kind, string name) => new() { [kind] = name };

    private static async Task<string> SendAsync(Client client, Dictionary<string, string> to, string body) =>
        (await client.Connection.InvokeAsync<Sent>("notification-send", to, "toast", body, Stop)).Id;

    private static async Task<string> ListAsync(Client client) => string.Join(
        ',', (await client.Connection.InvokeAsync<Note[]>("notification-list", Stop)).Select(note => $"{note.Body}{(note.IsRead ? " read" : "")}"));

    /// <summary>What a send gives.</summary>
    [MessagePackObject]
    public sealed record Sent
    {
        [Key("id"), JsonPropertyName("id")]
        public string Id { get; init; } = "";

        [Key("isDuplicate"), JsonPropertyName("isDuplicate")]
        public bool IsDuplicate { get; init; }
    }

    /// <summary>A notification, as clients get it.</summary>
    [MessagePackObject]
    public sealed record Note
    {
        [Key("id"), JsonPropertyName("id")]
        public string Id { get; init; } = "";

        [Key("kind"), JsonPropertyName("kind")]
        public string Kind { get; init; } = "";

        [Key("body"), JsonPropertyName("body")]
        public object? Body { get; init; }

        [Key("from"), JsonPropertyName("from")]
        public string? From { get; init; }

        [Key("isRead"), JsonPropertyName("isRead")]
        public bool IsRead { get; init; }
    }

    /// <summary>What was read elsewhere.</summary>
    [MessagePackObject]
    public sealed record Marked
    {
        [Key("ids"), JsonPropertyName("ids")]
        public string[]? Ids { get; init; }

        [Key("upTo"), JsonPropertyName("upTo")]
        public string? UpTo { get; init; }
    }
}
