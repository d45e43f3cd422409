using System.Net;
using System.Text;
using MessagePack;
using Serverless.Events;
using Serverless.Tests.SelfHost.Transports.WebSockets;
using Xunit;

namespace Serverless.Tests.SelfHost.Rest;

public sealed class MessagesTests(RestNode fixture) : IClassFixture<RestNode>
{
    private const string Message = """{"target":"say","arguments":["hello"]}""";

    private Node Node => fixture.Node;

    [Theory]
    [InlineData("/api/v1/hubs/{0}", AudienceKind.Hub, "")]
    [InlineData("/api/v1/hubs/{0}/", AudienceKind.Hub, "")]
    [InlineData("/api/v1/hubs/{0}/groups/red", AudienceKind.Group, "red")]
    [InlineData("/api/v1/hubs/{0}/groups/a%2Fb", AudienceKind.Group, "a/b")]
    [InlineData("/api/v1/hubs/{0}/groups/a%252Fb", AudienceKind.Group, "a%2Fb")]
    [InlineData("/api/v1/hubs/{0}/groups/%C3%A4%20%25%3F%23", AudienceKind.Group, "ä %?#")]
    [InlineData("/api/v1/hubs/{0}/users/ada%40example.com", AudienceKind.User, "ada@example.com")]
    [InlineData("/api/v1/hubs/{0}/connections/c1", AudienceKind.Connection, "c1")]
    public async Task Send_ToAnAudience_StoresTheMessageAndAnswers202(string target, AudienceKind kind, string name)
    {
        var hub = NewHub();
        using var answer = await Node.CallAsync("POST", string.Format(null, target, hub), RestNode.Json(Message));

        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        var sent = Assert.IsType<MessageSent>(Assert.Single(await Node.StoredAsync(hub)));
        Assert.Equal(new Audience(kind, name), sent.Audience);
        Assert.Equal("say", sent.Target);
        Assert.Equal("""["hello"]""", Encoding.UTF8.GetString(sent.Arguments.Bytes.Span));
        Assert.Null(sent.Key);
    }

    [Theory]
    [InlineData("""{"Target":"t","Arguments":[1.0,12345678901234567890,"2026-01-01T00:00:00+01:00",{"a":"\u00e4"}]}""", """[1.0,12345678901234567890,"2026-01-01T00:00:00+01:00",{"a":"\u00e4"}]""")]
    [InlineData("""{"target":"t"}""", "[]")]
    [InlineData("""{"target":"t","arguments":null}""", "[]")]
    [InlineData("""{"more":{"target":1},"ARGUMENTS":[],"TARGET":"t"}""", "[]")]
    [InlineData("{\"target\":\"t\",\"arguments\":[\r\n\t1,\n2]}\n", "[   1, 2]")]
    [InlineData("\uFEFF{\"target\":\"t\",\"arguments\":[1]}", "[1]")]
    public async Task Send_Json_KeepsTheArgumentsText(string body, string arguments)
    {
        var hub = NewHub();
        using var answer = await Node.CallAsync("POST", $"/api/v1/hubs/{hub}", RestNode.Json(body));

        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        var sent = Assert.IsType<MessageSent>(Assert.Single(await Node.StoredAsync(hub)));
        Assert.Equal(PayloadFormat.Json, sent.Arguments.Format);
        Assert.Equal(arguments, Encoding.UTF8.GetString(sent.Arguments.Bytes.Span));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("{")]
    [InlineData("""{"target":""}""")]
    [InlineData("""{"target":null}""")]
    [InlineData("""{"target":1}""")]
    [InlineData("""{"target":"a","Target":"b"}""")]
    [InlineData("""{"target":"a","arguments":{}}""")]
    [InlineData("""{"target":"a","arguments":[}""")]
    [InlineData("""{"target":"a","arguments":[]} x""")]
    [InlineData("""{"target":"\ud800"}""")]
    [InlineData("""{"target":"a","arguments":[1],"arguments":[2]}""")]
    public async Task Send_JsonThatIsNoMessage_Answers400(string body)
    {
        var hub = NewHub();

        await RestNode.AssertErrorAsync(
            await Node.CallAsync("POST", $"/api/v1/hubs/{hub}", RestNode.Json(body)), HttpStatusCode.BadRequest, "Error.Request.Invalid", "");
        Assert.Empty(await Node.StoredAsync(hub));
    }

    [Fact]
    public async Task Send_JsonThatIsNotUtf8_Answers400() =>
        await RestNode.AssertErrorAsync(
            await Node.CallAsync("POST", $"/api/v1/hubs/{NewHub()}", RestNode.Body([.. "{\"target\":\"t\",\"arguments\":[\""u8, 0xFF, .. "\"]}"u8], "application/json")),
            HttpStatusCode.BadRequest, "Error.Request.Invalid", "UTF-8");

    [Fact]
    public async Task Send_JsonNestedDeeply_Answers400() =>
        await RestNode.AssertErrorAsync(
            await Node.CallAsync("POST", $"/api/v1/hubs/{NewHub()}", RestNode.Json($$"""{"target":"t","arguments":{{new string('[', 100_000)}}""")),
            HttpStatusCode.BadRequest, "Error.Request.Invalid", "");

    [Theory]
    [InlineData("""{"Target":"t","Arguments":[1,{"a":[true]}]}""", """[1,{"a":[true]}]""")]
    [InlineData("""{"arguments":null,"x":[1],"target":"t"}""", "[]")]
    [InlineData("""["t",[1,2]]""", "[1,2]")]
    [InlineData("""["t"]""", "[]")]
    public async Task Send_MessagePack_KeepsTheArgumentsBytes(string json, string arguments)
    {
        var hub = NewHub();
        using var answer = await Node.CallAsync(
            "POST", $"/api/v1/hubs/{hub}", RestNode.Body(MessagePackSerializer.ConvertFromJson(json), "application/x-msgpack"));

        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        var sent = Assert.IsType<MessageSent>(Assert.Single(await Node.StoredAsync(hub)));
        Assert.Equal(new Payload(PayloadFormat.MessagePack, MessagePackSerializer.ConvertFromJson(arguments)), sent.Arguments);
    }

    [Theory]
    [InlineData("")]
    [InlineData("01")]
    [InlineData("C0")]
    [InlineData("80")]
    [InlineData("9190")]
    [InlineData("92A174")]
    [InlineData("92A17401")]
    [InlineData("92A1749001")]
    [InlineData("DF7FFFFFFF")]
    [InlineData("DFFFFFFFFF")]
    [InlineData("DDFFFFFFFF")]
    public async Task Send_MessagePackThatIsNoMessage_Answers400(string hex) =>
        await RestNode.AssertErrorAsync(
            await Node.CallAsync("POST", $"/api/v1/hubs/{NewHub()}", RestNode.Body(Convert.FromHexString(hex), "application/x-msgpack")),
            HttpStatusCode.BadRequest, "Error.Request.Invalid", "");

    [Fact]
    public async Task Send_MessagePackNestedDeeply_Answers400()
    {
        byte[] body = [0x92, 0xA1, (byte)'t', .. Enumerable.Repeat((byte)0x91, 500_000), 0xC0];

        await RestNode.AssertErrorAsync(
            await Node.CallAsync("POST", $"/api/v1/hubs/{NewHub()}", RestNode.Body(body, "application/x-msgpack")),
            HttpStatusCode.BadRequest, "Error.Request.Invalid", "");
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/xml")]
    [InlineData("application/json; charset=utf-16")]
    public async Task Send_OtherContentType_Answers415(string type) =>
        await RestNode.AssertErrorAsync(
            await Node.CallAsync("POST", $"/api/v1/hubs/{NewHub()}", RestNode.Body(Encoding.UTF8.GetBytes(Message), type)),
            HttpStatusCode.UnsupportedMediaType, "Error.Request.UnsupportedMediaType", "application/json");

    [Fact]
    public async Task Send_NoBody_Answers415() =>
        await RestNode.AssertErrorAsync(
            await Node.CallAsync("POST", $"/api/v1/hubs/{NewHub()}"), HttpStatusCode.UnsupportedMediaType, "Error.Request.UnsupportedMediaType", "application/json");

    [Fact]
    public async Task Send_Excluded_StandsInTheMessage()
    {
        var hub = NewHub();
        using var answer = await Node.CallAsync("POST", $"/api/v1/hubs/{hub}/groups/g?excluded=a&excluded=b%26c", RestNode.Json(Message));

        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        Assert.Equal([new("a"), new("b&c")], Assert.IsType<MessageSent>(Assert.Single(await Node.StoredAsync(hub))).Excluded);
    }

    [Fact]
    public async Task Send_SameIdempotencyKeyTwice_IsStoredOnce()
    {
        var hub = NewHub();
        for (var i = 0; i < 2; i++)
        {
            using var answer = await Node.CallAsync("POST", $"/api/v1/hubs/{hub}", RestNode.Json(Message), ("Idempotency-Key", "order-7"));
            Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        }

        Assert.Equal("rest:order-7", Assert.Single(await Node.StoredAsync(hub)).Key);
    }

    [Fact]
    public async Task Send_IdempotencyKeyTooLong_Answers400() =>
        await RestNode.AssertErrorAsync(
            await Node.CallAsync("POST", $"/api/v1/hubs/{NewHub()}", RestNode.Json(Message), ("Idempotency-Key", new string('k', 201))),
            HttpStatusCode.BadRequest, "Error.Request.Invalid", "Idempotency-Key has 1 to 200");

    [Fact]
    public async Task Send_Application_IsTheHubsPrefix()
    {
        var hub = NewHub();
        using var answer = await Node.CallAsync("POST", $"/api/v1/hubs/{hub.ToUpperInvariant()}?application=App", RestNode.Json(Message));

        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        Assert.Single(await Node.StoredAsync($"app_{hub}"));
    }

    [Theory]
    [InlineData("/api/v1/hubs/1chat")]
    [InlineData("/api/v1/hubs/a%20b")]
    [InlineData("/api/v1/hubs/chat?application=1")]
    [InlineData("/api/v1/hubs/chat?application=a&application=b")]
    [InlineData("/api/v1/hubs/chat/groups/%20")]
    public async Task Send_WrongName_Answers400(string target) =>
        await RestNode.AssertErrorAsync(
            await Node.CallAsync("POST", target, RestNode.Json(Message)), HttpStatusCode.BadRequest, "Error.Request.Invalid", "");

    [Fact]
    public async Task Send_ExcludedIdTooLong_Answers400() =>
        await RestNode.AssertErrorAsync(
            await Node.CallAsync("POST", $"/api/v1/hubs/{NewHub()}?excluded={new string('c', EventRules.MaxConnectionLength + 1)}", RestNode.Json(Message)),
            HttpStatusCode.BadRequest, "Error.Request.Invalid", "excluded");

    [Fact]
    public async Task Send_BodyAboveOneMebibyte_Answers413() =>
        await RestNode.AssertErrorAsync(
            await Node.CallAsync("POST", $"/api/v1/hubs/{NewHub()}", RestNode.Json($$"""{"target":"{{new string('x', 1024 * 1024)}}"}""")),
            HttpStatusCode.RequestEntityTooLarge, "Error.Request.TooLarge", "");

    private static string NewHub() => $"h{Guid.NewGuid():N}";

    [Fact]
    public async Task Send_Frames_ReachEachClientAsTheyAre_AndNobodyWithoutOne()
    {
        var hub = NewHub();
        using var client = await RawWebSocket.OpenAsync(Node.Address, hub: hub);
        byte[] onlyMessagePack = [0x81, 0xAB, .. "messagepack"u8, 0xC4, 0x09, 0x08, 0x96, 0x01, 0x80, 0xC0, 0xA1, (byte)'t', 0x90, 0x90];
        byte[] both = [0x82, 0xA4, .. "json"u8, 0xC4, 0x29, .. """{"type":1,"target":"t","arguments":[10]}"""u8, 0x1E, .. onlyMessagePack[1..]];
        foreach (var body in (byte[][])[onlyMessagePack, both])
        {
            using var answer = await Node.CallAsync("POST", $"/api/hubs/{hub}/:send?api-version=2022-06-01", RestNode.Body(body, "application/octet-stream"));
            Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        }

        Assert.Equal("""{"type":1,"target":"t","arguments":[10]}""" + "\u001e", (await client.FrameAsync()).Text);
        Assert.Equal(["t", "t"], (await Node.StoredAsync(hub)).OfType<MessageSent>().Select(message => message.Target));
    }

    [Theory]
    [InlineData("")]
    [InlineData("80")]
    [InlineData("81A46A736F6EC40141")]
    [InlineData("81A46A736F6EC4027B7D")]
    [InlineData("81A46A736F6EC4037B7D1E")]
    [InlineData("81AB6D6573736167657061636BC4020190")]
    [InlineData("81AB6D6573736167657061636BC40908960180C0A1749090FF")]
    [InlineData("81AB6D6573736167657061636BC40907960180C0A1749090")]
    [InlineData("93010203")]
    [InlineData("DFFFFFFFFF")]
    public async Task Send_FramesThatAreNone_Is400(string hex) =>
        await RestNode.AssertErrorAsync(
            await Node.CallAsync("POST", $"/api/v1/hubs/{NewHub()}", RestNode.Body(Convert.FromHexString(hex), "application/octet-stream")),
            HttpStatusCode.BadRequest, "Error.Request.Invalid", "MessagePack map");
}
