using Serverless.Events;
using Serverless.Tests.Fixtures;
using Xunit;

namespace Serverless.Tests.Core.Services.Notifications;

public sealed class NotificationCompactionTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Stream_Grown_IsTrimmedAndReadFromItsSnapshot()
    {
        await using var host = new NotificationHost(configure: options => options.CompactAfter = 20);
        var read = await host.SendAsync("{}", "1", """{"id":"n1"}""");
        await host.SendAsync("""{"user":"bob"}""", "2");
        await host.SendAsync("{}", "3", """{"expiresIn":60}""");
        await host.InvokeAsync("bob", "notification-read", $"\"{read}\"");
        await host.InvokeAsync("eve", "notification-read-all");
        await host.ListAsync("bob");
        host.Time.Advance(TimeSpan.FromMinutes(2));
        await GrowAsync(host);
        // whoever folds compacts behind what is asked
        for (var tries = 0; (await host.EventsAsync()).Count > 20; tries++)
        {
            Assert.True(tries < 5000, "It isn't trimmed.");
            await Task.Delay(1, Stop);
        }

        var head = await host.Log.HeadAsync(NotificationHost.Topic, Stop);
        Assert.InRange(head.Trimmed, 20, head.Head.Offset);
        Assert.NotNull(await host.Log.ReadSnapshotAsync(NotificationHost.Topic, Stop));
        await using var fresh = new NotificationHost(host.Log, time: host.Time);
        foreach (var each in new[] { host, fresh })
        {
            Assert.Equal("1 read,2", await each.ListAsync("bob"));
            Assert.Equal("1 read", await each.ListAsync("eve"));
            Assert.Equal("1", await each.ListAsync("zoe"));
            Assert.Equal(read, await each.SendAsync("{}", "4", """{"id":"n1"}"""));
        }

        Assert.Equal("1 read,2", await fresh.ListAsync("bob"));
    }

    /// <summary>A snapshot of what was lost doesn't stand in the way of an earlier one.</summary>
    [Fact]
    public async Task Stream_SnapshotOfALostTail_IsReplaced()
    {
        var log = new LossyLog();
        await using var host = new NotificationHost(new(log), options => options.CompactAfter = 10);
        await host.SendAsync("{}", "1");
        for (var i = 0; i < 100; i++)
        {
            await TestEvents.AppendAsync(log, NotificationHost.Topic, TestEvents.Message("lost"));
        }

        await log.SaveSnapshotAsync(NotificationHost.Topic, new((await log.HeadAsync(NotificationHost.Topic, Stop)).Head, new byte[] { 9 }), Stop);
        log.Lose(NotificationHost.Topic, 1);
        log.Learn(NotificationHost.Topic);
        await GrowAsync(host, 30);

        await Wait.UntilAsync(async () => (await host.Log.HeadAsync(NotificationHost.Topic, Stop)).Trimmed > 0, "It isn't trimmed.");
        await using var fresh = new NotificationHost(host.Log, time: host.Time);
        Assert.Equal("1", await fresh.ListAsync("bob"));
    }

    /// <summary>Applications only send, and no client with a user comes.</summary>
    [Fact]
    public async Task Stream_NobodyAsksWhatIsHeld_IsTrimmedAllTheSame()
    {
        await using var host = new NotificationHost(configure: options => options.CompactAfter = 20);
        for (var i = 0; i < 20; i++)
        {
            await host.Sender.SendAsync(TestEvents.Chat, new() { Audience = Audience.User("bob"), Kind = NotificationKind.Toast, Body = Payload.FromJson("1"u8) }, Stop);
        }

        await Wait.UntilAsync(async () => (await host.EventsAsync()).Count == 1, "It isn't trimmed.");
        Assert.Equal(20, (await host.ListAsync("bob")).Split(',').Length);
    }

    [Fact]
    public async Task Stream_LostOnTheWay_IsReadAgain()
    {
        await using var host = new NotificationHost();
        await host.SendAsync("{}", "1");
        Assert.Equal("1", await host.ListAsync("bob"));
        host.Log.Reset();
        await host.SendAsync("{}", "2");

        Assert.Equal("1,2", await host.ListAsync("bob"));
    }

    [Fact]
    public async Task Held_MoreThanAllowed_DropsExpiredAndThenTheOldest()
    {
        await using var host = new NotificationHost(configure: options => options.MaxHeld = 3);
        await host.SendAsync("{}", "1");
        await host.SendAsync("{}", "2", """{"expiresIn":60}""");
        await host.SendAsync("""{"user":"bob"}""", "3");
        Assert.Equal("1,2,3", await host.ListAsync("bob"));
        host.Time.Advance(TimeSpan.FromMinutes(1));
        await host.SendAsync("{}", "4");
        Assert.Equal("1,3,4", await host.ListAsync("bob"));
        await host.SendAsync("{}", "5");
        Assert.Equal("3,4,5", await host.ListAsync("bob"));
        await host.SendAsync("""{"user":"eve"}""", "6");
        Assert.Equal("4,5", await host.ListAsync("bob"));

        await using var fresh = new NotificationHost(host.Log, options => options.MaxHeld = 3, host.Time);
        Assert.Equal("4,5", await fresh.ListAsync("bob"));
    }

    [Fact]
    public async Task Held_MoreBytesThanAllowed_DropsTheOldest()
    {
        await using var host = new NotificationHost(configure: options => options.MaxHeldBytes = 1024 * 1024);
        await host.SendAsync("{}", "1");
        for (var i = 0; i < 260; i++)
        {
            await host.SendAsync("""{"user":"eve"}""", $"\"{new string('x', 4000)}\"");
        }

        await host.SendAsync("{}", "2");
        Assert.Equal("2", await host.ListAsync("bob"));
    }

    [Fact]
    public async Task Marks_MoreThanAllowed_ForgetsWhoMarkedLongestAgo()
    {
        await using var host = new NotificationHost(configure: options => options.MaxMarks = 100);
        var id = await host.SendAsync("{}", "1");
        for (var user = 0; user < 60; user++)
        {
            // one mark for the user, one for the notification
            await host.InvokeAsync($"user {user}", "notification-read", $"\"{id}\"");
        }

        Assert.Equal("1", await host.ListAsync("user 0"));
        Assert.Equal("1 read", await host.ListAsync("user 59"));
    }

    /// <summary>Marks of users until the stream has been trimmed since.</summary>
    private static async Task GrowAsync(NotificationHost host, int count = 100)
    {
        var id = await host.SendAsync("""{"user":"nobody"}""");
        for (var i = 0; i < count; i++)
        {
            await host.SendAsync("""{"user":"nobody"}""", "0", """{"expiresIn":1}""");
            await host.ListAsync("nobody");
        }

        await host.InvokeAsync("nobody", "notification-read", $"\"{id}\"");
    }
}
