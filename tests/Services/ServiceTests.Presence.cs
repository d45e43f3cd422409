using Microsoft.AspNetCore.SignalR.Client;
using Xunit;

namespace Serverless.Tests.Services;

public abstract partial class ServiceTests
{
    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task Presence_JoinChangeLeaveAndGo_AreToldOnceToTheRoom(string protocol)
    {
        var hub = NewHub();
        await using var ada = await ClientAsync(nodes.First, hub, "ada", protocol);
        await using var bob = await ClientAsync(nodes.Second, hub, "bob", protocol);
        Assert.Equal("ada here", Text(await ada.Connection.InvokeAsync<Member[]>("presence-join", "room", "here", Stop)));
        Assert.Equal("ada here,bob new", Text(await bob.Connection.InvokeAsync<Member[]>("presence-join", "room", "new", Stop)));
        await ada.SeesAsync("presence-joined room bob new");

        await ada.Connection.InvokeAsync("presence-state", "room", "away", Stop);
        await bob.SeesAsync("presence-changed room ada away");
        Assert.Equal("ada away,bob new", Text(await bob.Connection.InvokeAsync<Member[]>("presence-users", "room", Stop)));

        await bob.Connection.InvokeAsync("presence-leave", "room", Stop);
        await ada.SeesAsync("presence-left room bob ");
        await bob.Connection.InvokeAsync<Member[]>("presence-join", "room", "back", Stop);
        await ada.SeesAsync("presence-joined room bob back");

        await ada.Connection.StopAsync(Stop);
        await bob.SeesAsync("presence-left room ada ");
        await bob.Connection.InvokeAsync("Broadcast", "say", "end", Stop);
        await bob.SeesAsync("say end");
        Assert.Equal("bob back", Text(await bob.Connection.InvokeAsync<Member[]>("presence-users", "room", Stop)));
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task Cursors_MovedOften_OthersSeeTheLastPlaceAndNobodyElse(string protocol)
    {
        var hub = NewHub();
        await using var ada = await ClientAsync(nodes.First, hub, "ada", protocol);
        await using var bob = await ClientAsync(nodes.Second, hub, "bob", protocol);
        await using var eve = await ClientAsync(nodes.Second, hub, "eve", protocol);
        await ada.Connection.InvokeAsync("JoinGroup", "room", Stop);
        await bob.Connection.InvokeAsync("JoinGroup", "room", Stop);
        await bob.Connection.InvokeAsync("Broadcast", "say", "ready", Stop);
        await bob.SeesAsync("say ready");
        await ada.SeesAsync("say ready");
        await eve.SeesAsync("say ready");

        var moves = Enumerable.Range(0, 100).Select(place => ada.Connection.InvokeAsync("cursor-move", "room", place, Stop)).ToList();
        await Task.WhenAll(moves);
        var seen = 1;
        for (var next = await NextAsync("cursor-move", 99); next != "cursor-moved room ada 99"; next = await NextAsync("cursor-move", 99), seen++)
        {
            Assert.StartsWith("cursor-moved room ada ", next, StringComparison.Ordinal);
        }

        Assert.InRange(seen, 1, 99);
        await ada.Connection.InvokeAsync("typing", "room", true, Stop);
        var typing = await NextAsync("typing", true);
        while (typing == "cursor-moved room ada 99")
        {
            typing = await NextAsync("typing", true);
        }

        Assert.StartsWith("typing room ada True", typing, StringComparison.OrdinalIgnoreCase);
        await bob.Connection.InvokeAsync("Broadcast", "say", "end", Stop);
        await ada.SeesAsync("say end");
        await eve.SeesAsync("say end");

        // what isn't stored may be lost on its way: it is said again until something is seen
        async Task<string?> NextAsync(string method, object value)
        {
            var next = bob.NextAsync();
            while (await Task.WhenAny(next, Task.Delay(TimeSpan.FromSeconds(2), Stop)) != next)
            {
                await ada.Connection.InvokeAsync(method, "room", value, Stop);
            }

            return await next;
        }
    }

    private static string Text(Member[] members) => string.Join(',', members.Select(member => $"{member.User} {member.State}").Order());
}
