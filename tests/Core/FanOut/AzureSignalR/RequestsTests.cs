using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using MessagePack;
using Serverless.Events;
using Serverless.Log;
using Serverless.Tests.SelfHost.Security;
using Serverless.Tests.SelfHost.Upstream;
using Xunit;

namespace Serverless.Tests.Core.FanOut.AzureSignalR;

/// <summary>What is sent for each event.</summary>
public sealed class RequestsTests : IAsyncLifetime
{
    private const string First = "api-version=2022-06-01";
    private const string WithExecute = "api-version=2023-07-01";

    private readonly IEventLog _log = TestEvents.NewLog();
    private Receiver? _endpoint;
    private FanOutHost? _host;

    private Receiver Endpoint => _endpoint!;

    private FanOutHost Fan => _host!;

    public async ValueTask InitializeAsync()
    {
        _endpoint = await Receiver.StartAsync();
        _host = await FanOutHost.StartAsync(_endpoint.Address.AbsoluteUri, _log);
    }

    public async ValueTask DisposeAsync()
    {
        await Fan.DisposeAsync();
        await Endpoint.DisposeAsync();
    }

    [Fact]
    public async Task Message_ToEachAudience_IsASend()
    {
        await AssertAsync(TestEvents.Message("t", arguments: """[1.0,"ä"]"""), "POST", $":send?{First}", """{"target":"t","arguments":[1.0,"ä"]}""");
        await AssertAsync(TestEvents.Message("t", Audience.Group("a b/ü'")), "POST", $"groups/a%20b%2F%C3%BC%27/:send?{First}", """{"target":"t","arguments":[]}""");
        await AssertAsync(TestEvents.Message("t", Audience.User("u?#%")), "POST", $"users/u%3F%23%25/:send?{First}", """{"target":"t","arguments":[]}""");
        await AssertAsync(TestEvents.Message("t", Audience.Connection(new("c"))), "POST", $"connections/c/:send?{First}", """{"target":"t","arguments":[]}""");
        await AssertAsync(
            TestEvents.Message("t", Audience.Group("g"), excluded: ["a", "b&"]), "POST", $"groups/g/:send?excluded=a&excluded=b%26&{First}", """{"target":"t","arguments":[]}""");
        await AssertAsync(
            TestEvents.Message("t", Audience.Filter("userId eq 'u'")), "POST", $":execute?filter=userId%20eq%20%27u%27&{WithExecute}",
            """[{"type":"SendMessage","message":{"target":"t","arguments":[]}}]""");
    }

    [Fact]
    public async Task Stream_ItemAndEnd_AreCallsForTheClientsInvocation()
    {
        var item = new StreamItemSent { Connection = new("c"), StreamId = "7", Item = Payload.FromJson("1.0"u8) };
        var end = new StreamCompleted { Connection = new("c"), StreamId = "7" };

        await AssertAsync(item, "POST", "connections/c/streams/7/:send?api-version=2024-12-01", "1.0");
        await AssertAsync(end, "POST", "connections/c/streams/7/:complete?api-version=2024-12-01");
        await AssertAsync(end with { Error = "no more" }, "POST", "connections/c/streams/7/:complete?reason=no%20more&api-version=2024-12-01");

        await Fan.AppendAsync(item with { Item = new(PayloadFormat.MessagePack, new byte[] { 0xC4, 0x01, 0xFA }) });
        var frames = MessagePackSerializer.Deserialize<Dictionary<string, byte[]>>((await Endpoint.NextAsync()).Body, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal("{\"type\":2,\"invocationId\":\"7\",\"item\":\"+g==\"}\u001e", Encoding.UTF8.GetString(frames["json"]));
        // its length, then [2, {}, "7", bin]
        Assert.Equal("08940280A137C401FA", Convert.ToHexString(frames["messagepack"]));
    }

    [Fact]
    public async Task Message_ThatAsksForAResult_IsNotSent()
    {
        await Fan.AppendAsync(TestEvents.Message("ask", Audience.Connection(new("c"))) with { Invocation = "i" });
        await Fan.AppendAsync(TestEvents.Message("next"));

        Assert.Contains("next", (await Endpoint.NextAsync()).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Message_InMessagePackOrFrames_KeepsItsBytes()
    {
        byte[] arguments = [0x92, 0xC4, 0x02, 0x01, 0xFA, 0x07];
        var message = TestEvents.Message("t") with { Arguments = new(PayloadFormat.MessagePack, arguments) };
        await Fan.AppendAsync(message);
        var sent = await Endpoint.NextAsync();
        Assert.Equal("application/octet-stream", sent["Content-Type"]);
        var frames = MessagePackSerializer.Deserialize<Dictionary<string, byte[]>>(sent.Body, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal("""{"type":1,"target":"t","arguments":["Afo=",7]}""" + "\u001e", Encoding.UTF8.GetString(frames["json"]));
        Assert.Equal([0x0D, 0x96, 0x01, 0x80, 0xC0, 0xA1, (byte)'t', .. arguments, 0x90], frames["messagepack"]);

        await Fan.AppendAsync(message with { Arguments = new(PayloadFormat.Frames, sent.Body) });
        Assert.Equal(sent.Body, (await Endpoint.NextAsync()).Body);
    }

    [Fact]
    public async Task Membership_EachChange_IsItsCall()
    {
        var connection = GroupMember.Connection(new("c"));
        var user = GroupMember.User("u");
        await AssertAsync(new GroupJoined { Group = "g", Member = connection }, "PUT", $"connections/c/groups/g?{First}");
        await AssertAsync(new GroupLeft { Group = "g", Member = connection }, "DELETE", $"connections/c/groups/g?{First}");
        await AssertAsync(new GroupsLeft { Member = connection }, "DELETE", $"connections/c/groups?{First}");
        await AssertAsync(new GroupJoined { Group = "g", Member = user }, "PUT", $"users/u/groups/g?{First}");
        await AssertAsync(new GroupJoined { Group = "g", Member = user, End = MembershipEnd.OpenConnectionsOnly }, "PUT", $"users/u/groups/g?ttl=0&{First}");
        await AssertAsync(new GroupJoined { Group = "g", Member = user, End = new(1) }, "PUT", $"users/u/groups/g?ttl=1&{First}");
        await AssertAsync(new GroupLeft { Group = "g", Member = user }, "DELETE", $"users/u/groups/g?{First}");
        await AssertAsync(new GroupsLeft { Member = user }, "DELETE", $"users/u/groups?{First}");
        await AssertAsync(
            new GroupJoined { Group = "g", Member = GroupMember.Filter("") }, "POST", $":execute?{WithExecute}", """[{"type":"JoinGroup","group":"g"}]""");
        await AssertAsync(
            new GroupLeft { Group = "g", Member = GroupMember.Filter("userId eq null") }, "POST", $":execute?filter=userId%20eq%20null&{WithExecute}",
            """[{"type":"LeaveGroup","group":"g"}]""");

        await Fan.AppendAsync(new GroupJoined { Group = "g", Member = user, End = MembershipEnd.At(TimeProvider.System.GetUtcNow().AddHours(1)) });
        Assert.Matches(@"/users/u/groups/g\?ttl=(3600|35\d\d)&", (await Endpoint.NextAsync()).Target);
    }

    [Fact]
    public async Task Close_EachAudience_IsItsCall()
    {
        await AssertAsync(new CloseRequested { Audience = Audience.Connection(new("c")), Reason = "a b" }, "DELETE", $"connections/c?reason=a%20b&{First}");
        await AssertAsync(new CloseRequested { Audience = Audience.Hub, Excluded = [new("c")] }, "POST", $":closeConnections?excluded=c&{First}");
        await AssertAsync(new CloseRequested { Audience = Audience.Group("g") }, "POST", $"groups/g/:closeConnections?{First}");
        await AssertAsync(new CloseRequested { Audience = Audience.User("u") }, "POST", $"users/u/:closeConnections?{First}");
        await AssertAsync(
            new CloseRequested { Audience = Audience.Filter("userId eq 'u'"), Reason = "r" }, "POST", $":execute?filter=userId%20eq%20%27u%27&{WithExecute}",
            """[{"type":"CloseConnection","reason":"r"}]""");
    }

    [Fact]
    public async Task Event_ThatAsksForNothing_IsNotSent()
    {
        await Fan.AppendAsync(
            ConnectionOpened.For(new("c"), "u"),
            new PresenceChanged { Connection = new("c"), Group = "g", State = Payload.FromJson("1"u8) },
            GroupLeft.Expired("u", "g", 1),
            ConnectionClosed.For(new("c"), null),
            TestEvents.Message("last"));

        Assert.Contains("last", (await Endpoint.NextAsync()).Text, StringComparison.Ordinal);
        Assert.True(Endpoint.IsEmpty);
    }

    [Fact]
    public async Task Name_ThatAnAddressWouldSwallow_IsPassedOverAndTold()
    {
        await Fan.AppendAsync(TestEvents.Message("secret", Audience.Group("..")), TestEvents.Message("next"));

        Assert.Contains("next", (await Endpoint.NextAsync()).Text, StringComparison.Ordinal);
        Assert.Contains("offset 1 isn't delivered", Assert.Single(Fan.Messages[1603]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Request_HasATokenForItsPathAndAKeyFromItsPlace()
    {
        var at = await Fan.AppendAsync(TestEvents.Message("t", Audience.Group("a/b")));

        var sent = await Endpoint.NextAsync();
        Assert.Equal($"chat/0:{at.Offset}:{at.Tag:x16}", sent["Idempotency-Key"]);
        var token = sent["Authorization"]!["Bearer ".Length..];
        var claims = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(token.Split('.')[1]));
        Assert.Equal(Jwt.Sign("""{"alg":"HS256","typ":"JWT"}""", claims, Fixtures.NodeProcess.Key), token);
        using var read = JsonDocument.Parse(claims);
        Assert.Equal("http://127.0.0.1/api/hubs/chat/groups/a%2Fb/:send", read.RootElement.GetProperty("aud").GetString());
        Assert.InRange(
            read.RootElement.GetProperty("exp").GetInt64() - TimeProvider.System.GetUtcNow().ToUnixTimeSeconds(), 60, 3600);
    }

    private async Task AssertAsync(Event value, string method, string target, string? body = null)
    {
        await Fan.AppendAsync(value);
        var sent = await Endpoint.NextAsync();
        Assert.Equal($"{method} /api/hubs/chat/{target}", $"{sent.Method} {sent.Target}");
        Assert.Equal(body ?? "", sent.Text);
        Assert.Equal(body is null ? null : "application/json", sent["Content-Type"]);
    }
}
