using System.Net;
using Serverless.Events;
using Serverless.Tests.SelfHost.Transports.WebSockets;
using Xunit;

namespace Serverless.Tests.SelfHost.Rest;

public sealed class ExecuteTests(RestNode fixture) : IClassFixture<RestNode>
{
    private const string Version = "?api-version=2023-07-01";

    private Node Node => fixture.Node;

    [Fact]
    public async Task Execute_Commands_ActInOrderOnThoseThatTheFilterFinds()
    {
        var hub = $"h{Guid.NewGuid():N}";
        using var ada = await RawWebSocket.OpenAsync(Node.Address, hub: hub, user: "listener-ada");
        using var bob = await RawWebSocket.OpenAsync(Node.Address, hub: hub, user: "bob");
        await ExecuteAsync(hub, "startswith(userId, 'listener-')", """[{"type":"SendMessage","message":{"target":"one","arguments":[1.0]}},{"type":"JoinGroup","group":"red"}]""");
        await ExecuteAsync(hub, "'red' in groups", """[{"type":"SendMessage","message":{"Target":"two"}},{"type":"LeaveGroup","group":"red"}]""");
        await ExecuteAsync(hub, "'red' in groups", """[{"type":"CloseConnection","reason":"never"}]""");
        await ExecuteAsync(hub, null, """[{"type":"SendMessage","message":{"target":"all"}},{"type":"CloseConnection","reason":"over"},{"type":"SendMessage","message":{"target":"none"}}]""");

        Assert.Equal("""{"type":1,"target":"one","arguments":[1.0]}""", await ada.MessageAsync());
        Assert.Equal("""{"type":1,"target":"two","arguments":[]}""", await ada.MessageAsync());
        foreach (var client in (RawWebSocket[])[ada, bob])
        {
            Assert.Equal("""{"type":1,"target":"all","arguments":[]}""", await client.MessageAsync());
            Assert.Equal("""{"type":7,"error":"over","allowReconnect":true}""", await client.MessageAsync());
        }
    }

    [Theory]
    [InlineData("", "{}", "array")]
    [InlineData("", "[1]", "commands")]
    [InlineData("", "[{}]", "Command 0")]
    [InlineData("", """[{"type":"Dance"}]""", "Command 0")]
    [InlineData("", """[{"type":"JoinGroup"}]""", "group")]
    [InlineData("", """[{"type":"SendMessage"}]""", "Command 0")]
    [InlineData("", """[{"type":"SendMessage","message":{"target":""}}]""", "target")]
    [InlineData("", """[{"type":"SendMessage","message":1}]""", "JSON object")]
    [InlineData("", "[", "commands")]
    [InlineData("&filter=userId", "[]", "filter: It ends too soon.")]
    public async Task Execute_Wrong_Is400(string query, string body, string sentence) =>
        await RestNode.AssertErrorAsync(
            await Node.CallAsync("POST", $"/api/hubs/h{Guid.NewGuid():N}/:execute{Version}{query}", RestNode.Json(body)), HttpStatusCode.BadRequest, "Error.Request.Invalid", sentence);

    [Fact]
    public async Task Execute_SameIdempotencyKeyTwice_IsStoredOnce()
    {
        var hub = $"h{Guid.NewGuid():N}";
        for (var i = 0; i < 2; i++)
        {
            using var answer = await Node.CallAsync(
                "POST", $"/api/hubs/{hub}/:execute{Version}", RestNode.Json("""[{"type":"JoinGroup","group":"a"},{"type":"JoinGroup","group":"b"}]"""), ("Idempotency-Key", "once"));
            Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        }

        Assert.Equal(["a", "b"], (await Node.StoredAsync(hub)).OfType<GroupJoined>().Select(joined => joined.Group));
    }

    private async Task ExecuteAsync(string hub, string? filter, string commands)
    {
        var query = filter is null ? "" : $"&filter={Uri.EscapeDataString(filter)}";
        using var answer = await Node.CallAsync("POST", $"/api/hubs/{hub}/:execute{Version}{query}", RestNode.Json(commands));
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
    }
}
