using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using Xunit;

namespace Serverless.Tests.SelfHost.Upstream;

/// <summary>A stock client's stream: the receiver is told, and feeds it by REST. Contract, sections 3.9 and 4.4.</summary>
public sealed class StreamTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("json", "application/json")]
    [InlineData("messagepack", "application/x-msgpack")]
    public async Task Stream_ReceiverTakesIt_IsFedByRest(string protocol, string contentType)
    {
        await using var receiver = await Receiver.StartAsync();
        await using var node = await UpstreamNode.StartAsync(receiver);
        await using var client = await UpstreamNode.ConnectAsync(node, protocol);
        var items = client.StreamAsync<int>("Count", 3, Stop).ToListAsync(Stop);
        await receiver.NextAsync("connected");

        var asked = await receiver.NextAsync("Count");
        Assert.Equal(contentType, asked["Content-Type"]);
        if (protocol == "json")
        {
            Assert.Equal("""{"type":4,"invocationId":"1","target":"Count","arguments":[3]}""", asked.Text);
        }
        else
        {
            // [4, {}, "1", "Count", [3], []]
            Assert.Equal("960480A131A5436F756E74910390", Convert.ToHexString(asked.Body));
        }

        var stream = $"/api/hubs/chat/connections/{client.ConnectionId ?? asked.Connection}/streams/1";
        foreach (var (item, query) in ((string, string)[])[("1", ""), ("2", ""), ("3", "&completed=true")])
        {
            using var body = Rest.RestNode.Json(item);
            using var answer = await node.CallAsync("POST", $"{stream}/:send?api-version=2024-12-01{query}", body);
            answer.EnsureSuccessStatusCode();
        }

        Assert.Equal([1, 2, 3], await items);
    }

    [Fact]
    public async Task Stream_ReceiverRefuses_EndsWithAnError()
    {
        await using var receiver = await Receiver.StartAsync();
        receiver.AnswerWith("Count", 404);
        await using var node = await UpstreamNode.StartAsync(receiver);
        await using var client = await UpstreamNode.ConnectAsync(node);

        var refused = await Assert.ThrowsAsync<HubException>(async () => await client.StreamAsync<int>("Count", Stop).ToListAsync(Stop));

        Assert.Contains("status code 404", refused.Message, StringComparison.Ordinal);
    }
}
