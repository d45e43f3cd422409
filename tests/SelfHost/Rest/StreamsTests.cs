using System.Net;
using System.Text;
using MessagePack;
using Serverless.Events;
using Serverless.Tests.SelfHost.Transports.WebSockets;
using Xunit;

namespace Serverless.Tests.SelfHost.Rest;

/// <summary>Feeding a client's stream. Contract, section 3.9.</summary>
public sealed class StreamsTests(RestNode fixture) : IClassFixture<RestNode>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Send_ItemsAndTheLast_ReachTheClientInOrder()
    {
        var hub = $"h{Guid.NewGuid():N}";
        using var client = await RawWebSocket.OpenAsync(fixture.Node.Address, hub: hub);

        await CallAsync(hub, ":send", RestNode.Json("""{"n": 1.0}"""));
        await CallAsync(hub, ":send", RestNode.Body([0x92, 0xc3, 2], "application/x-msgpack"));
        await CallAsync(hub, ":send", RestNode.Body(Frames("7"), "application/octet-stream"));
        await CallAsync(hub, ":send", RestNode.Json("null"), "&completed=true");
        await CallAsync(hub, ":complete", null);
        await CallAsync(hub, ":complete", null, "&reason=no%20more");

        string[] expected =
        [
            """{"type":2,"invocationId":"7","item":{"n": 1.0}}""",
            """{"type":2,"invocationId":"7","item":[true,2]}""",
            """{"type":2,"invocationId":"7","item":"framed"}""",
            """{"type":2,"invocationId":"7","item":null}""",
            """{"type":3,"invocationId":"7"}""",
            """{"type":3,"invocationId":"7"}""",
            """{"type":3,"invocationId":"7","error":"no more"}""",
        ];
        foreach (var message in expected)
        {
            Assert.Equal(message, await client.MessageAsync());
        }
    }

    [Fact]
    public async Task Send_ConnectionIsNotThere_Is202()
    {
        using var body = RestNode.Json("1");
        using var answer = await fixture.Node.CallAsync("POST", "/api/hubs/chat/connections/nobody/streams/1/:send?api-version=2024-12-01", body);

        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
    }

    public static TheoryData<string, byte[], string, string> Wrong => new()
    {
        { "application/json", ""u8.ToArray(), "", "one JSON value" },
        { "application/json", "1 2"u8.ToArray(), "", "one JSON value" },
        { "application/json", [(byte)'"', 0xff, (byte)'"'], "", "UTF-8" },
        { "application/json", Encoding.UTF8.GetBytes(new string('[', 100) + new string(']', 100)), "", "one JSON value" },
        { "application/x-msgpack", [1, 2], "", "one MessagePack value" },
        { "application/x-msgpack", [], "", "one MessagePack value" },
        { "application/x-msgpack", [.. Enumerable.Repeat((byte)0x91, 900_000), 0xc0], "", "one MessagePack value" },
        { "application/octet-stream", Frames("8"), "", "belongs here" },
        { "application/octet-stream", [0x80], "", "one framed message" },
        { "application/json", "1"u8.ToArray(), "&completed=perhaps", "'completed'" },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public async Task Send_Wrong_Is400(string type, byte[] bytes, string query, string sentence)
    {
        using var body = RestNode.Body(bytes, type);
        await RestNode.AssertErrorAsync(
            await fixture.Node.CallAsync("POST", $"/api/hubs/chat/connections/c/streams/7/:send?api-version=2024-12-01{query}", body),
            HttpStatusCode.BadRequest,
            "Error.Request.Invalid",
            sentence);
    }

    [Fact]
    public async Task Complete_IdTooLong_Is400() =>
        await RestNode.AssertErrorAsync(
            await fixture.Node.CallAsync("POST", $"/api/hubs/chat/connections/c/streams/{new string('x', 257)}/:complete?api-version=2024-12-01"),
            HttpStatusCode.BadRequest,
            "Error.Request.Invalid",
            "A stream's id");

    private static byte[] Frames(string id) => MessagePackSerializer.Serialize(
        new Dictionary<string, byte[]> { ["json"] = Encoding.UTF8.GetBytes($$"""{"type":2,"invocationId":"{{id}}","item":"framed"}""" + "\u001e") }, cancellationToken: Stop);

    private async Task CallAsync(string hub, string verb, HttpContent? body, string query = "")
    {
        var connection = (await fixture.Node.StoredAsync(hub)).OfType<ConnectionOpened>().Single().Connection;
        using (body)
        {
            using var answer = await fixture.Node.CallAsync("POST", $"/api/hubs/{hub}/connections/{connection}/streams/7/{verb}?api-version=2024-12-01{query}", body);
            Assert.True(answer.StatusCode == HttpStatusCode.Accepted, $"{verb}{query}: {answer.StatusCode}");
        }
    }
}
