using Serverless.Events;
using Serverless.Services.Notifications;
using Xunit;

namespace Serverless.Tests.Core.Services.Notifications;

public sealed class NotificationReturnTests
{
    [Fact]
    public async Task Connected_UnreadThere_AreSentToThatConnectionOnceUntilTheyAreRead()
    {
        await using var host = new NotificationHost();
        await host.StoreAsync(new GroupJoined { Group = "room", Member = GroupMember.User("bob") });
        var id = await host.SendAsync("{}", "1");
        await host.SendAsync("""{"group":"room"}""", "2");
        await host.SendAsync("""{"user":"eve"}""", "3");
        await host.ConnectAsync("bob", "c1");
        await host.ConnectAsync("bob", "c1");
        Assert.Equal(["Connection c1 notification 1", "Connection c1 notification 2"], (await host.MessagesAsync())[3..]);

        await host.InvokeAsync("bob", "notification-read", $"\"{id}\"");
        await host.ConnectAsync("bob", "c2");
        Assert.Equal("Connection c2 notification 2", (await host.MessagesAsync())[^1]);
        await host.InvokeAsync("bob", "notification-read-all");
        var before = await host.MessagesAsync();
        await host.ConnectAsync("bob", "c3");
        Assert.Equal(before, await host.MessagesAsync());
    }

    [Fact]
    public async Task Connected_WithoutUserOrNotifications_StoresNothing()
    {
        await using var host = new NotificationHost();
        await host.ConnectAsync("bob", "c1");
        await host.SendAsync("{}");
        await host.ConnectAsync(null, "c2");

        Assert.Equal(["Hub  notification 1"], await host.MessagesAsync());
    }

    [Theory]
    [InlineData(2, "Connection c notification 4|Connection c notification 5")]
    [InlineData(0, "")]
    public async Task Connected_ManyUnread_GetsTheNewest(int max, string expected)
    {
        await using var host = new NotificationHost(configure: options => options.MaxOnReturn = max);
        for (var body = 1; body <= 5; body++)
        {
            await host.SendAsync("{}", $"{body}");
        }

        await host.ConnectAsync("bob", "c");
        Assert.Equal(expected, string.Join('|', (await host.MessagesAsync())[5..]));
    }

    [Fact]
    public async Task Connected_LongIds_IsSentAsWell()
    {
        await using var host = new NotificationHost();
        var longest = new Notification { Audience = Audience.Hub, Kind = NotificationKind.Toast, Body = Payload.FromJson("1"u8), Id = new('i', Notification.MaxIdLength) };
        await host.Sender.SendAsync(TestEvents.Chat, longest, CancellationToken.None).In();
        await host.ConnectAsync("bob", new string('c', EventRules.MaxConnectionLength));

        Assert.Equal(2, (await host.MessagesAsync()).Count);
    }

    /// <summary>Each of two processes sends what the other one stored.</summary>
    [Fact]
    public async Task Connected_OnAnotherNode_SeesWhatWasSentAndReadHere()
    {
        await using var first = new NotificationHost();
        await using var second = new NotificationHost(first.Log, time: first.Time);
        Assert.Equal("", await second.ListAsync("bob"));
        var id = await first.SendAsync("{}", "1");
        await first.SendAsync("{}", "2");
        Assert.Equal("1,2", await second.ListAsync("bob"));
        await second.InvokeAsync("bob", "notification-read", $"\"{id}\"");
        Assert.Equal("1 read,2", await first.ListAsync("bob"));
        await first.ConnectAsync("bob", "c");
        await second.ConnectAsync("bob", "c");

        Assert.Single(await first.MessagesAsync(), message => message == "Connection c notification 2");
        Assert.DoesNotContain("Connection c notification 1", await first.MessagesAsync());
    }
}
