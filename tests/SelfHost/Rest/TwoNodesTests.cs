using Serverless.Events;
using Serverless.Tests.Fixtures;
using Serverless.Tests.SelfHost.Transports.WebSockets;
using Xunit;

namespace Serverless.Tests.SelfHost.Rest;

/// <summary>Calls at one node act on connections at another: what they say goes through the stream.</summary>
public sealed class TwoNodesTests
{
    private const string Version = "?api-version=2024-12-01";

    [Fact]
    public async Task EachCall_AtOneNode_ActsOnConnectionsAtTheOther()
    {
        await using var redis = new RedisServer();
        await redis.StartAsync();
        await using var asked = await StartAsync(redis);
        await using var serving = await StartAsync(redis);
        using var ada = await RawWebSocket.OpenAsync(serving.Address, user: "ada");
        using var bob = await RawWebSocket.OpenAsync(serving.Address, user: "bob");
        var ids = (await asked.StoredAsync("chat")).OfType<ConnectionOpened>().ToDictionary(opened => opened.User!, opened => opened.Connection);

        await CallAsync("HEAD", $"connections/{ids["ada"]}", 200);
        await CallAsync("HEAD", "users/ada", 200);
        await CallAsync("POST", ":send", 202, "all");
        await CallAsync("POST", "users/ada/:send", 202, "user");
        await CallAsync("POST", $"connections/{ids["ada"]}/:send", 202, "connection");
        await CallAsync("PUT", $"groups/g/connections/{ids["ada"]}", 200);
        await CallAsync("HEAD", "groups/g", 200);
        await CallAsync("GET", "groups/g/connections", 200);
        await CallAsync("POST", "groups/g/:send", 202, "group");
        await CallAsync("DELETE", $"groups/g/connections/{ids["ada"]}", 200);
        await CallAsync("HEAD", "groups/g", 404);
        await CallAsync("PUT", "users/ada/groups/h", 200);
        await CallAsync("GET", "users/ada/groups/h", 200);
        await CallAsync("POST", "groups/h/:send", 202, "user's group");
        await CallAsync("DELETE", "users/ada/groups/h", 204);
        await CallAsync("POST", "groups/h/:send", 202, "nobody");
        await CallAsync("PUT", "users/ada/groups/h", 200);
        await CallAsync("DELETE", "users/ada/groups", 204);
        await CallAsync("PUT", $"groups/g/connections/{ids["ada"]}", 200);
        await CallAsync("DELETE", $"connections/{ids["ada"]}/groups", 200);
        await CallAsync("HEAD", "groups/g", 404);
        await CallAsync("DELETE", $"connections/{ids["ada"]}", 200);
        await CallAsync("POST", "users/bob/:closeConnections", 204);

        foreach (var text in (string[])["all", "user", "connection", "group", "user's group"])
        {
            Assert.Contains($"\"{text}\"", await ada.MessageAsync(), StringComparison.Ordinal);
        }

        Assert.StartsWith("""{"type":7""", await ada.MessageAsync(), StringComparison.Ordinal);
        Assert.Contains("\"all\"", await bob.MessageAsync(), StringComparison.Ordinal);
        Assert.StartsWith("""{"type":7""", await bob.MessageAsync(), StringComparison.Ordinal);

        async Task CallAsync(string verb, string path, int status, string? text = null)
        {
            using var body = text is null ? null : RestNode.Json($$"""{"target":"t","arguments":["{{text}}"]}""");
            using var answer = await asked.CallAsync(verb, $"/api/hubs/chat/{path}{Version}", body);
            Assert.True(status == (int)answer.StatusCode, $"{verb} {path} was answered with {(int)answer.StatusCode}.");
        }
    }

    private static Task<Node> StartAsync(RedisServer redis) => Node.StartAsync(("Serverless:Log:Kind", "redis"), ("Serverless:Log:Redis", redis.EndPoint));
}
