using System.Net;
using System.Text;
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

    [Fact]
    public async Task Send_JsonNestedDeeply_Answers400() =>
        await RestNode.AssertErrorAsync(
            await Node.CallAsync("POST", $"/api/v1/hubs/{NewHub()}", RestNode.Json($$"""{"target":"t","arguments":{{new string('[', 100_000)}}""")),
            HttpStatusCode.BadRequest, "Error.Request.Invalid", "");

    [Fact]
    public async Task Send_MessagePackNestedDeeply_Answers400()
    {
        byte[] body = [0x92, 0xA1, (byte)'t', .. Enumerable.Repeat((byte)0x91, 500_000), 0xC0];

        await RestNode.AssertErrorAsync(
            await Node.CallAsync("POST", $"/api/v1/hubs/{NewHub()}", RestNode.Body(body, "application/x-msgpack")),
            HttpStatusCode.BadRequest, "Error.Request.Invalid", "");
    }

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
            await Node.CallAsync("POST", $"/api/v1/hubs/{NewHub()}", RestNode.Json($$"""{"target":"{{new string('x', 1024 * 1024)}}"}"""), AfterTheHead),
            HttpStatusCode.RequestEntityTooLarge, "Error.Request.TooLarge", "");

    /// <summary>The node answers by the head alone, and closes: who still writes the body then is cut off before reading the answer.</summary>
    private static (string, string) AfterTheHead => ("Expect", "100-continue");

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
}
