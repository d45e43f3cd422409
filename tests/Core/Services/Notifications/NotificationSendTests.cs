using System.Text.Json.Nodes;
using Serverless.Events;
using Serverless.Log;
using Serverless.Services;
using Serverless.Services.Auth;
using Serverless.Services.Notifications;
using Xunit;
using static Serverless.Tests.Core.TestEvents;

namespace Serverless.Tests.Core.Services.Notifications;

public sealed class NotificationSendTests : IAsyncDisposable
{
    private readonly NotificationHost _host = new();

    public static TheoryData<PayloadFormat> Formats => [PayloadFormat.Json, PayloadFormat.MessagePack];

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task Send_UserGroupAndAll_IsStoredAndToldToEach(PayloadFormat format)
    {
        foreach (var to in new[] { """{"user":"bob"}""", """{"group":"room"}""", "{}" })
        {
            var result = NotificationHost.Json(await _host.InvokeAsync(format, "ann", "notification-send", to, "\"alert\"", """{"text":"hi"}"""));
            Assert.False((bool)result["isDuplicate"]!);
            Assert.NotEmpty((string)result["id"]!);
        }

        Assert.Equal(
            ["User bob notification {\"text\":\"hi\"}", "Group room notification {\"text\":\"hi\"}", "Hub  notification {\"text\":\"hi\"}"],
            await _host.MessagesAsync());
        var stored = (await _host.EventsAsync()).Cast<NotificationSent>().ToList();
        Assert.Equal([Audience.User("bob"), Audience.Group("room"), Audience.Hub], stored.Select(each => each.Audience));
        Assert.All(stored, each =>
        {
            Assert.Equal((NotificationKind.Alert, "ann", $"notification:{each.Id}"), (each.Kind, each.From, each.Key));
            Assert.Equal((_host.Time.GetUtcNow(), _host.Time.GetUtcNow().AddDays(7)), (each.SentAt, each.Expires));
        });
    }

    [Fact]
    public async Task Send_Message_HasAllThatAClientShows()
    {
        var id = await _host.SendAsync("{}", "[1]", """{"id":"n1","expiresIn":90}""");

        var argument = JsonNode.Parse(Assert.IsType<MessageSent>(Assert.Single(await AllAsync(_host.Log))).Arguments.Bytes.Span)![0]!.AsObject();
        Assert.Equal(["id", "kind", "body", "from", "sentAt", "expires"], argument.Select(field => field.Key));
        Assert.Equal((id, "toast", "ann"), ((string)argument["id"]!, (string)argument["kind"]!, (string)argument["from"]!));
        Assert.Equal(_host.Time.GetUtcNow(), (DateTimeOffset)argument["sentAt"]!);
        Assert.Equal(_host.Time.GetUtcNow().AddSeconds(90), (DateTimeOffset)argument["expires"]!);
    }

    [Fact]
    public async Task Send_SameIdAgain_IsStoredAndToldOnceAlsoWhenItsKeyIsForgotten()
    {
        var id = await _host.SendAsync("{}", "1", """{"id":"n1"}""");
        Assert.Equal(id, await _host.SendAsync("{}", "2", """{"id":"n1"}"""));
        _host.Time.Advance(TimeSpan.FromHours(1));
        var again = NotificationHost.Json(await _host.InvokeAsync("ann", "notification-send", "{}", "\"toast\"", "3", """{"id":"n1"}"""));

        Assert.True((bool)again["isDuplicate"]!);
        Assert.Equal(["Hub  notification 1"], await _host.MessagesAsync());
        Assert.Equal("1", await _host.ListAsync("bob"));
        Assert.Single(await _host.EventsAsync());
    }

    [Fact]
    public async Task Send_IdForAnotherAudience_IsRefused()
    {
        await _host.SendAsync("""{"user":"bob"}""", "1", """{"id":"n1"}""");

        var refused = Assert.IsType<InvocationResult.Failed>(await _host.InvokeAsync("ann", "notification-send", "{}", "\"toast\"", "2", """{"id":"n1"}"""));
        Assert.Contains("taken", refused.Error, StringComparison.Ordinal);
        Assert.Equal(["User bob notification 1"], await _host.MessagesAsync());
    }

    [Fact]
    public async Task Send_IdOfAnApplicationsOtherSender_IsRefused()
    {
        await _host.Sender.SendAsync(Chat, OfApplication("n1", "shop"), CancellationToken.None).In();

        var refused = await Assert.ThrowsAsync<FormatException>(() => _host.Sender.SendAsync(Chat, OfApplication("n1", "bank"), CancellationToken.None).In());
        Assert.Contains("taken", refused.Message, StringComparison.Ordinal);
        Assert.Equal(["User bob notification \"shop\""], await _host.MessagesAsync("from"));
    }

    /// <summary>Ids are known or guessed, such as an order's number: nobody keeps another's notification from being sent by taking its id, whether it is held or has expired.</summary>
    [Theory]
    [InlineData("mallory", 0)]
    [InlineData("mallory", 2)]
    [InlineData(null, 0)]
    [InlineData(null, 2)]
    public async Task Send_IdThatAnotherClientTook_IsSentAllTheSame(string? user, int secondsLater)
    {
        string[] taking = ["""{"user":"mallory"}""", "\"toast\"", "0", """{"id":"order-17","expiresIn":1}"""];
        Assert.IsType<InvocationResult.Value>(await _host.InvokeAsync(user, "notification-send", taking));
        _host.Time.Advance(TimeSpan.FromSeconds(secondsLater));

        Assert.Equal(new("order-17", false), await _host.Sender.SendAsync(Chat, OfApplication("order-17", null), CancellationToken.None).In());
        var ann = NotificationHost.Json(await _host.InvokeAsync("ann", "notification-send", """{"user":"bob"}""", "\"toast\"", "2", """{"id":"order-17"}"""));
        Assert.False((bool)ann["isDuplicate"]!);
        Assert.Equal("1,2", await _host.ListAsync("bob"));
        // who marks one by its id marks that one
        await _host.InvokeAsync("bob", "notification-read", "\"order-17\"");
        Assert.Equal("1 read,2", await _host.ListAsync("bob"));
    }

    [Fact]
    public async Task Send_IdsThatReadTheSameTogetherWithTheirUsers_AreTwo()
    {
        await _host.InvokeAsync("a", "notification-send", "{}", "\"toast\"", "1", """{"id":"b:c"}""");
        await _host.InvokeAsync("a:b", "notification-send", "{}", "\"toast\"", "2", """{"id":"c"}""");
        await _host.InvokeAsync("ab", "notification-send", "{}", "\"toast\"", "3", """{"id":":c"}""");

        Assert.Equal("1,2,3", await _host.ListAsync("bob"));
    }

    [Fact]
    public async Task Send_MessageNotStored_IsToldWhenItIsSentAgain()
    {
        var appends = 0;
        _host.Log.BeforeAppend = _ => ++appends == 2 ? throw new LogUnavailableException(Chat, "down") : Task.CompletedTask;
        await Assert.ThrowsAsync<LogUnavailableException>(() => _host.SendAsync("{}", "1", """{"id":"n1"}"""));
        Assert.Empty(await _host.MessagesAsync());
        Assert.Equal("1", await _host.ListAsync("bob"));
        _host.Time.Advance(TimeSpan.FromSeconds(5));
        await _host.SendAsync("{}", "1", """{"id":"n1"}""");

        var message = Assert.IsType<MessageSent>(Assert.Single(await AllAsync(_host.Log)));
        var stored = Assert.IsType<NotificationSent>(Assert.Single(await _host.EventsAsync()));
        Assert.Equal(stored.SentAt, (DateTimeOffset)JsonNode.Parse(message.Arguments.Bytes.Span)![0]!["sentAt"]!);
    }

    [Fact]
    public async Task Send_LogIsDown_ThrowsAndTellsNobody()
    {
        _host.Log.BeforeAppend = _ => throw new LogUnavailableException(Chat, "down");

        await Assert.ThrowsAsync<LogUnavailableException>(() => _host.SendAsync("{}"));
        Assert.Empty(await AllAsync(_host.Log));
    }

    [Theory]
    [InlineData("it takes", "{}", "\"toast\"")]
    [InlineData("it takes", "{}", "\"toast\"", "1", "{}", "1")]
    [InlineData("is for", """{"user":"a","group":"b"}""", "\"toast\"", "1")]
    [InlineData("is for", """{"user":null}""", "\"toast\"", "1")]
    [InlineData("only user, group", """{"usr":"a"}""", "\"toast\"", "1")]
    [InlineData("user id", """{"user":""}""", "\"toast\"", "1")]
    [InlineData("group's name", """{"group":" "}""", "\"toast\"", "1")]
    [InlineData("isn't a text", """{"user":5}""", "\"toast\"", "1")]
    [InlineData("object is expected", "\"bob\"", "\"toast\"", "1")]
    [InlineData("object is expected", "null", "\"toast\"", "1")]
    [InlineData("'alert'", "{}", "\"shout\"", "1")]
    [InlineData("'alert'", "{}", "5", "1")]
    [InlineData("expiresIn", "{}", "\"toast\"", "1", """{"expiresIn":0}""")]
    [InlineData("expiresIn", "{}", "\"toast\"", "1", """{"expiresIn":1e300}""")]
    [InlineData("expiresIn", "{}", "\"toast\"", "1", """{"expiresIn":"60"}""")]
    [InlineData("id has 1 to 64", "{}", "\"toast\"", "1", """{"id":""}""")]
    [InlineData("id has 1 to 64", "{}", "\"toast\"", "1", """{"id":"12345678901234567890123456789012345678901234567890123456789012345"}""")]
    [InlineData("only expiresIn, id", "{}", "\"toast\"", "1", """{"expires":5}""")]
    public async Task Send_WrongArguments_IsRefusedWithTheReasonAndNothingStored(string reason, params string[] arguments)
    {
        foreach (var format in Formats)
        {
            var refused = Assert.IsType<InvocationResult.Failed>(await _host.InvokeAsync(format.Data, "ann", "notification-send", arguments));
            Assert.Contains(reason.Replace("it takes", "takes", StringComparison.Ordinal), refused.Error, StringComparison.Ordinal);
        }

        Assert.Empty(await _host.EventsAsync());
        Assert.Empty(await AllAsync(_host.Log));
    }

    [Fact]
    public async Task Send_BodyTooLongTooDeepOrNoUnicode_IsRefusedAndNothingStored()
    {
        foreach (var body in new[] { $"\"{new string('x', 4095)}\"", string.Concat(Enumerable.Repeat("[", 62)) + new string(']', 62), "\"\\ud800\"" })
        {
            Assert.IsType<InvocationResult.Failed>(await _host.InvokeAsync("ann", "notification-send", "{}", "\"toast\"", body));
        }

        Assert.Empty(await _host.EventsAsync());
        await _host.SendAsync("{}", $"\"{new string('x', 4094)}\"");
    }

    [Theory]
    [InlineData("""{"group":"room-1"}""", true)]
    [InlineData("""{"group":"other"}""", false)]
    [InlineData("""{"user":"bob"}""", false)]
    [InlineData("{}", false)]
    public async Task Send_LimitedToGroups_IsAllowedThereOnly(string to, bool isAllowed)
    {
        _host.Access = Access.Parse(Access.ToClaim(["room-*"]), null);

        Assert.Equal(isAllowed, await _host.InvokeAsync("ann", "notification-send", to, "\"toast\"", "1") is InvocationResult.Value);
        Assert.Equal(isAllowed ? 1 : 0, (await _host.EventsAsync()).Count);
    }

    [Fact]
    public async Task Parse_Request_OfAnApplication()
    {
        var request = NotificationRequest.Parse("""{"to":{"user":"bob"},"kind":"toast","body":{"a":1},"expiresIn":60,"id":"n1","from":"shop"}"""u8.ToArray());
        var sent = await _host.Sender.SendAsync(Chat, request, CancellationToken.None).In();

        Assert.Equal(new("n1", false), sent);
        Assert.Equal(["User bob notification \"shop\""], await _host.MessagesAsync("from"));
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("""{"kind":"toast","body":1}""")]
    [InlineData("""{"to":{},"kind":"toast"}""")]
    [InlineData("""{"to":{},"body":1}""")]
    [InlineData("""{"to":{},"kind":"toast","body":1,"more":1}""")]
    [InlineData("""{"to":{},"to":{"user":"a"},"kind":"toast","body":1}""")]
    public void Parse_WrongRequest_SaysWhatIsWrong(string json) =>
        Assert.NotEmpty(Assert.Throws<FormatException>(() => NotificationRequest.Parse(System.Text.Encoding.UTF8.GetBytes(json))).Message);

    private static Notification OfApplication(string id, string? from) =>
        new() { Audience = Audience.User("bob"), Kind = NotificationKind.Toast, Body = Payload.FromJson("1"u8), Id = id, From = from };
}
