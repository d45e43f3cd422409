using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR.Client;
using Serverless.Tests.Core;
using Xunit;

namespace Serverless.Tests.SelfHost.Upstream;

/// <summary>The upstream is the same for all transports.</summary>
public sealed class TransportTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(HttpTransportType.WebSockets)]
    [InlineData(HttpTransportType.ServerSentEvents)]
    [InlineData(HttpTransportType.LongPolling)]
    public async Task Events_OverEachTransport_ComeAndAreAnswered(HttpTransportType transport)
    {
        await using var receiver = await Receiver.StartAsync();
        // an answer with line breaks, which an event stream can't carry
        receiver.AnswerWith("Say", 200, "{\n  \"type\": 3,\r\n  \"invocationId\": \"1\",\n  \"result\": \"done\"\n}\u001e");
        await using var node = await UpstreamNode.StartAsync(receiver);
        await using var client = await UpstreamNode.ConnectAsync(node, claims: """ "nameid":"ada","role":"admin" """, query: "&a=1", transport: transport);

        Assert.Equal("done", await client.InvokeAsync<string>("Say", Stop).In());
        await client.StopAsync(Stop).In();

        foreach (var name in new[] { "connected", "Say", "disconnected" })
        {
            var received = await receiver.NextAsync(name);
            Assert.Equal("?hub=chat&a=1", received["X-ASRS-Client-Query"]);
            Assert.Equal("nameid: ada,role: admin", received["X-ASRS-User-Claims"]);
        }
    }
}
