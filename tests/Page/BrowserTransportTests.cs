using Serverless.Tests.Fixtures;
using Xunit;

namespace Serverless.Tests.Page;

/// <summary>The stock client in a real browser, over each transport: it negotiates, joins, sends, receives in order, and is there again when its node is.</summary>
public sealed class BrowserTransportTests(ChromiumBrowser browser) : IClassFixture<ChromiumBrowser>
{
    public static TheoryData<string> Transports => ["WebSockets", "ServerSentEvents", "LongPolling"];

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Send_TwoPagesInOneGroup_BothReceiveInOrderOverTheirTransport(string transport)
    {
        await using var node = await new NodeProcess().StartAsync();
        await using var ada = await BrowserClient.JoinAsync(browser, node, transport, "ada", "lobby");
        await using var bob = await BrowserClient.JoinAsync(browser, node, transport, "bob", "lobby");
        await using var eve = await BrowserClient.JoinAsync(browser, node, transport, "eve", "garden");

        await ada.SayAsync("lobby", "ada", [.. Enumerable.Range(0, 50)]);
        await bob.SayAsync("lobby", "bob", 1);
        string[] all = [.. Enumerable.Range(0, 50).Select(number => $"ada {number}"), "bob 1"];
        await ada.SeesAsync(all);
        await bob.SeesAsync(all);

        // what the garden is sent after all that is the first thing that its page gets
        await eve.SayAsync("garden", "eve", 1);
        await eve.SeesAsync("eve 1");
        Assert.All([ada, bob, eve], client => AssertTransport(transport, client));
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Restart_OfTheNode_PagesComeBackAndGoOn(string transport)
    {
        await using var node = await new NodeProcess { Log = "embedded" }.StartAsync();
        await using var ada = await BrowserClient.JoinAsync(browser, node, transport, "ada", "lobby");
        await ada.SayAsync("lobby", "ada", 1);
        await ada.SeesAsync("ada 1");

        Assert.Equal(0, await node.StopAsync());
        await ada.SeesAsync("ada 1", "reconnecting");
        await node.StartAsync();
        await ada.SeesAsync("ada 1", "reconnecting", "reconnected");
        await ada.SayAsync("lobby", "ada", 2, 3);
        await ada.SeesAsync("ada 1", "reconnecting", "reconnected", "ada 2", "ada 3");
        AssertTransport(transport, ada);
    }

    /// <summary>The transport that was asked for, and none of the others.</summary>
    private static void AssertTransport(string transport, BrowserClient client)
    {
        Assert.Contains(client.Requests, request => request.StartsWith("POST", StringComparison.Ordinal) && request.EndsWith(" /api/negotiate", StringComparison.Ordinal));
        Assert.Equal(transport == "WebSockets", client.Sockets.Any(address => address.Contains("/client/?hub=chat", StringComparison.Ordinal)));
        Assert.Equal(transport == "ServerSentEvents", client.Requests.Contains("GET text/event-stream /client/"));
        Assert.Equal(
            transport == "LongPolling",
            client.Requests.Any(request => request.StartsWith("GET", StringComparison.Ordinal) && request.EndsWith(" /client/", StringComparison.Ordinal)
                && !request.Contains("event-stream", StringComparison.Ordinal)));
    }
}
