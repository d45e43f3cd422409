using System.Text.Json;
using MessagePack;
using Microsoft.AspNetCore.SignalR.Client;
using Serverless.Tests.Fixtures;
using Xunit;

namespace Serverless.Tests.SelfHost.Upstream;

/// <summary>What is posted, byte for byte. Contract, section 4.4.</summary>
public sealed class BodyTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static Dictionary<string, JsonElement> Vectors { get; } = VectorFile.Read("SelfHost/Upstream/Vectors/bodies.json");

    public static TheoryData<string> Names { get; } = [.. Vectors.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Invocation_Vector_IsTheHubMessageWithoutItsFrame(string name)
    {
        var vector = Vectors[name];
        var isJson = vector.Text("protocol") == "json";
        await using var receiver = await Receiver.StartAsync();
        await using var node = await UpstreamNode.StartAsync(receiver);
        using var client = await WireSocket.OpenAsync(node, vector.Text("protocol")!);
        await receiver.NextAsync("connected");
        await (isJson ? client.SendAsync(vector.Text("sent")!) : client.SendAsync(Convert.FromHexString(vector.Text("sent")!)));

        var received = await receiver.NextAsync(vector.Text("target")!);
        Assert.Equal(vector.Text("posted"), isJson ? received.Text : Convert.ToHexString(received.Body));
        Assert.Equal(vector.Text("contentType"), received["Content-Type"]);
    }

    /// <summary>A receiver finds in the body what the client called, and with what.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void Read_Vector_GivesTheInvocation(string name)
    {
        var vector = Vectors[name];
        var posted = vector.Text("posted")!;
        if (vector.Text("protocol") == "json")
        {
            var body = JsonElement.Parse(posted);
            Assert.Equal((1, vector.Text("target")), (body.GetProperty("type").GetInt32(), body.Text("target")));
            Assert.Equal(vector.Text("invocationId"), body.Text("invocationId"));
            Assert.Equal(vector.Text("arguments"), body.GetProperty("arguments").GetRawText());
        }
        else
        {
            var body = MessagePackSerializer.Deserialize<object?[]>(Convert.FromHexString(posted));
            Assert.Equal([(byte)1, vector.Text("invocationId"), vector.Text("target")], new[] { body[0], body[2], body[3] });
            Assert.Equal(
                MessagePackSerializer.ConvertToJson(Convert.FromHexString(vector.Text("arguments")!)), MessagePackSerializer.SerializeToJson(body[4]));
        }
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
