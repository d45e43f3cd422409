using Microsoft.AspNetCore.SignalR.Client;
using Xunit;

namespace Serverless.Tests.SelfHost.Upstream;

/// <summary>What is posted, byte for byte. Contract, section 4.4.</summary>
public sealed class BodyTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("""{"type":1,"target":"Say","arguments":["hi",42]}""", """{"type":1,"target":"Say","arguments":["hi",42]}""")]
    [InlineData("""{"type":1,"invocationId":"7","target":"Say","arguments":[]}""", """{"type":1,"invocationId":"7","target":"Say","arguments":[]}""")]
    // fields in the protocol's order; arguments in the sender's own text
    [InlineData(
        """{"arguments":[ {"n": 1.50, "e":1e3,"t":"\u00fc / \/","d":"2026-01-01T00:00:00.000+00:00"},null ,[ ] ],"target":"Say","invocationId":"a-1","type":1}""",
        """{"type":1,"invocationId":"a-1","target":"Say","arguments":[{"n": 1.50, "e":1e3,"t":"\u00fc / \/","d":"2026-01-01T00:00:00.000+00:00"},null,[ ]]}""")]
    [InlineData(
        """{"type":1,"headers":{"a":"b"},"invocationId":"7","target":"Say","arguments":[1],"streamIds":["s1"]}""",
        """{"type":1,"headers":{"a":"b"},"invocationId":"7","target":"Say","arguments":[1],"streamIds":["s1"]}""")]
    public async Task Invocation_Json_IsTheHubMessageWithoutItsEnd(string sent, string posted)
    {
        await using var receiver = await Receiver.StartAsync();
        await using var node = await UpstreamNode.StartAsync(receiver);
        using var client = await WireSocket.OpenAsync(node);
        await receiver.NextAsync("connected");
        await client.SendAsync(sent);

        Assert.Equal(posted, (await receiver.NextAsync("Say")).Text);
    }

    [Theory]
    // [1, {}, nil, "Say", ["hi", 42], []]
    [InlineData("960180C0A3536179" + "92A268692A" + "90")]
    // [1, {}, "7", "Say", [], []]
    [InlineData("960180A137A3536179" + "90" + "90")]
    // [1, {"a":"b"}, "7", "Say", [int 1 in five bytes, 1.5, bin, {"n": nil}], ["s1"]]
    [InlineData("960181A161A162A137A3536179" + "94D200000001CB3FF8000000000000C4020102" + "81A16EC0" + "91A27331")]
    public async Task Invocation_MessagePack_IsTheHubMessageWithoutItsLength(string hex)
    {
        await using var receiver = await Receiver.StartAsync();
        await using var node = await UpstreamNode.StartAsync(receiver);
        using var client = await WireSocket.OpenAsync(node, "messagepack");
        await receiver.NextAsync("connected");
        var message = Convert.FromHexString(hex);
        await client.SendAsync([(byte)message.Length, .. message]);

        Assert.Equal(hex, Convert.ToHexString((await receiver.NextAsync("Say")).Body));
    }

    [Fact]
    public async Task Invocation_MessagePackOfManyBytes_LosesAllOfItsLength()
    {
        await using var receiver = await Receiver.StartAsync();
        await using var node = await UpstreamNode.StartAsync(receiver);
        await using var client = await UpstreamNode.ConnectAsync(node, "messagepack");
        await receiver.NextAsync("connected");
        await client.SendAsync("Say", new byte[20_000], Stop);

        Assert.Equal("960180C0A3536179" + "91" + "C54E20", Convert.ToHexString((await receiver.NextAsync("Say")).Body.AsSpan(0, 12)));
    }

    [Theory]
    [InlineData("json")]
    [InlineData("messagepack")]
    public async Task Connected_IsJsonForEveryClient(string protocol)
    {
        await using var receiver = await Receiver.StartAsync();
        await using var node = await UpstreamNode.StartAsync(receiver);
        await using var client = await UpstreamNode.ConnectAsync(node, protocol);

        Assert.Equal("""{"type":10}""", (await receiver.NextAsync("connected")).Text);
    }

    [Fact]
    public async Task Disconnected_InOrder_HasNoError()
    {
        await using var receiver = await Receiver.StartAsync();
        await using var node = await UpstreamNode.StartAsync(receiver);
        await using var stock = await UpstreamNode.ConnectAsync(node);
        await receiver.NextAsync("connected");
        await stock.StopAsync(Stop);
        Assert.Equal("""{"type":11}""", (await receiver.NextAsync("disconnected")).Text);

        using var raw = await WireSocket.OpenAsync(node);
        await receiver.NextAsync("connected");
        await raw.CloseAsync();
        Assert.Equal("""{"type":11}""", (await receiver.NextAsync("disconnected")).Text);
    }

    [Fact]
    public async Task Disconnected_ByAnError_SaysWhich()
    {
        await using var receiver = await Receiver.StartAsync();
        await using var node = await UpstreamNode.StartAsync(receiver);

        using var leaving = await WireSocket.OpenAsync(node);
        await receiver.NextAsync("connected");
        await leaving.SendAsync("""{"type":7,"error":"bored <of> \"it\""}""");
        Assert.Equal("""{"type":11,"error":"bored <of> \"it\""}""", await EndAsync(leaving, receiver));

        using var malformed = await WireSocket.OpenAsync(node);
        await receiver.NextAsync("connected");
        await malformed.SendAsync("""{"type":1,"target":""");
        Assert.StartsWith("""{"type":11,"error":"Connection closed with an error.""", await EndAsync(malformed, receiver), StringComparison.Ordinal);

        using var vanished = await WireSocket.OpenAsync(node);
        await receiver.NextAsync("connected");
        vanished.Abort();
        Assert.StartsWith("""{"type":11,"error":"The client went""", (await receiver.NextAsync("disconnected")).Text, StringComparison.Ordinal);
    }

    private static async Task<string> EndAsync(WireSocket client, Receiver receiver)
    {
        await client.CloseAsync();
        return (await receiver.NextAsync("disconnected")).Text;
    }
}
