using Serverless.Events;
using Serverless.Log;
using Serverless.Services;
using Xunit;
using static Serverless.Tests.Core.TestEvents;

namespace Serverless.Tests.Core.Services.Notifications;

public sealed class NotificationReadTests : IAsyncDisposable
{
    private readonly NotificationHost _host = new();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task List_Audiences_GivesAUserWhatIsMeantForIt()
    {
        await _host.StoreAsync(new GroupJoined { Group = "lasting", Member = GroupMember.User("bob") });
        await _host.StoreAsync(new ConnectionOpened { Connection = new("c"), User = "bob" });
        await _host.StoreAsync(new GroupJoined { Group = "here", Member = GroupMember.Connection(new("c")) });
        foreach (var (to, body) in new[]
        {
            ("{}", "1"), ("""{"user":"bob"}""", "2"), ("""{"user":"eve"}""", "3"), ("""{"group":"lasting"}""", "4"), ("""{"group":"here"}""", "5"), ("""{"group":"other"}""", "6"),
        })
        {
            await _host.SendAsync(to, body);
        }

        Assert.Equal("1,2,4,5", await _host.ListAsync("bob"));
        Assert.Equal("1,3", await _host.ListAsync("eve"));
        await _host.StoreAsync(new ConnectionClosed { Connection = new("c") });
        Assert.Equal("1,2,4", await _host.ListAsync("bob"));
    }

    [Fact]
    public async Task List_Query_GivesThePartAskedFor()
    {
        var ids = new List<string>();
        for (var body = 1; body <= 5; body++)
        {
            ids.Add(await _host.SendAsync("{}", $"{body}"));
        }

        await _host.InvokeAsync("bob", "notification-read", $"\"{ids[3]}\"");
        Assert.Equal("1,2,3,4 read,5", await _host.ListAsync("bob", "{}"));
        Assert.Equal("4 read,5", await _host.ListAsync("bob", """{"limit":2}"""));
        Assert.Equal("3,5", await _host.ListAsync("bob", """{"limit":2,"unreadOnly":true}"""));
        Assert.Equal("2,3", await _host.ListAsync("bob", $$"""{"limit":2,"after":"{{ids[0]}}"}"""));
        Assert.Equal("1,2", await _host.ListAsync("bob", """{"limit":2,"after":"unknown"}"""));
        Assert.Equal("", await _host.ListAsync("bob", $$"""{"after":"{{ids[4]}}"}"""));
    }

    [Fact]
    public async Task List_LargeBodies_GivesTheNewestThatFit()
    {
        var body = $"\"{new string('x', 4000)}\"";
        for (var i = 0; i < 270; i++)
        {
            await _host.SendAsync("{}", body);
        }

        await _host.SendAsync("{}", "1");
        var listed = (await _host.ListAsync("bob")).Split(',');
        Assert.Equal(1 + ((1024 * 1024) / body.Length), listed.Length);
        Assert.Equal("1", listed[^1]);
    }

    [Fact]
    public async Task Read_Ids_IsMarkedForTheUserAloneAndToldToItsOtherConnections()
    {
        var first = await _host.SendAsync("{}", "1");
        var second = await _host.SendAsync("""{"user":"bob"}""", "2");
        Assert.IsType<InvocationResult.Done>(await _host.InvokeAsync("bob", "notification-read", $"\"{first}\"", $"\"{second}\"", "\"unknown\""));

        Assert.Equal("1 read,2 read", await _host.ListAsync("bob"));
        Assert.Equal("1", await _host.ListAsync("eve"));
        var told = Assert.IsType<MessageSent>((await AllAsync(_host.Log))[^1]);
        Assert.Equal((Audience.User("bob"), "notifications-read"), (told.Audience, told.Target));
        Assert.Equal([new("of bob")], told.Excluded);
        Assert.Equal($$"""[{"ids":["{{first}}","{{second}}"]}]""", System.Text.Encoding.UTF8.GetString(told.Arguments.Bytes.Span));
    }

    [Fact]
    public async Task Read_Again_StoresNoMarkButTellsAgain()
    {
        var id = await _host.SendAsync("{}");
        await _host.InvokeAsync("bob", "notification-read", $"\"{id}\"");
        await _host.InvokeAsync("bob", "notification-read", $"\"{id}\"");
        await _host.InvokeAsync("bob", "notification-read-all");
        await _host.InvokeAsync("bob", "notification-read-all");

        Assert.Equal(3, (await _host.EventsAsync()).Count);
        Assert.Equal(4, (await _host.MessagesAsync()).Count(message => message.StartsWith("User bob notifications-read", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Read_OfSomebodyElse_ChangesNothing()
    {
        var id = await _host.SendAsync("""{"user":"bob"}""");
        Assert.IsType<InvocationResult.Done>(await _host.InvokeAsync("eve", "notification-read", $"\"{id}\""));

        Assert.Single(await _host.EventsAsync());
        Assert.Single(await _host.MessagesAsync());
        Assert.Equal("1", await _host.ListAsync("bob"));
    }

    [Fact]
    public async Task ReadAll_ThenMore_LaterOnesAreUnread()
    {
        await _host.InvokeAsync("bob", "notification-read-all");
        Assert.Empty(await _host.EventsAsync());
        await _host.SendAsync("{}", "1");
        await _host.SendAsync("""{"user":"bob"}""", "2");
        await _host.InvokeAsync("bob", "notification-read-all");
        await _host.SendAsync("{}", "3");

        Assert.Equal("1 read,2 read,3", await _host.ListAsync("bob"));
        Assert.Contains("User bob notifications-read \"2000-01-01T00:00:00\\u002B00:00\"", await _host.MessagesAsync("upTo"));
    }

    [Fact]
    public async Task Expired_IsNeitherListedNorSentNorMarked()
    {
        var id = await _host.SendAsync("{}", "1", """{"expiresIn":60}""");
        await _host.SendAsync("{}", "2");
        _host.Time.Advance(TimeSpan.FromSeconds(59.9));
        Assert.Equal("1,2", await _host.ListAsync("bob"));
        _host.Time.Advance(TimeSpan.FromSeconds(0.1));
        Assert.Equal("2", await _host.ListAsync("bob"));
        await _host.InvokeAsync("bob", "notification-read", $"\"{id}\"");
        await _host.ConnectAsync("bob", "c");
        Assert.Equal(["Connection c notification 2"], (await _host.MessagesAsync())[2..]);
        _host.Time.Advance(TimeSpan.FromDays(7));
        Assert.Equal("", await _host.ListAsync("bob"));
    }

    [Theory]
    [InlineData("needs a user", null, "notification-list")]
    [InlineData("needs a user", null, "notification-read", "\"id\"")]
    [InlineData("needs a user", null, "notification-read-all")]
    [InlineData("1 to 100 ids", "bob", "notification-read")]
    [InlineData("1 to 64", "bob", "notification-read", "\"\"")]
    [InlineData("1 to 64", "bob", "notification-read", "5")]
    [InlineData("no arguments", "bob", "notification-read-all", "1")]
    [InlineData("only after", "bob", "notification-list", """{"since":"x"}""")]
    [InlineData("limit", "bob", "notification-list", """{"limit":0}""")]
    [InlineData("limit", "bob", "notification-list", """{"limit":1.5}""")]
    [InlineData("unreadOnly", "bob", "notification-list", """{"unreadOnly":1}""")]
    [InlineData("isn't a text", "bob", "notification-list", """{"after":1}""")]
    [InlineData("at most one", "bob", "notification-list", "{}", "{}")]
    public async Task Invoke_WrongCall_IsRefusedWithTheReason(string reason, string? user, string method, params string[] arguments)
    {
        Assert.Contains(reason, Assert.IsType<InvocationResult.Failed>(await _host.InvokeAsync(user, method, arguments)).Error, StringComparison.Ordinal);
        Assert.Empty(await _host.EventsAsync());
    }

    [Fact]
    public async Task List_LogIsDown_ThrowsAndComesBack()
    {
        await _host.SendAsync("{}");
        _host.Log.BeforeHead = () => throw new LogUnavailableException(Chat, "down");
        await Assert.ThrowsAsync<LogUnavailableException>(() => _host.ListAsync("bob"));
        await Assert.ThrowsAsync<LogUnavailableException>(() => _host.ConnectAsync("bob", "c"));

        _host.Log.BeforeHead = null;
        Assert.Equal("1", await _host.ListAsync("bob"));
    }
}
