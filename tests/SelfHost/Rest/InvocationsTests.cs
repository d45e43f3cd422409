using System.Net;
using System.Text;
using System.Text.Json;
using MessagePack;
using Serverless.Events;
using Serverless.Tests.Fixtures;
using Serverless.Tests.SelfHost.Transports.WebSockets;
using Xunit;

namespace Serverless.Tests.SelfHost.Rest;

/// <summary>Asking a client for a result. Contract, section 3.9.</summary>
public sealed class InvocationsTests
{
    private const string Version = "?api-version=2024-12-01";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(""","result":{"sum":1.50,"when":"2024-01-01"}""", """{"result":{"sum":1.50,"when":"2024-01-01"}}""")]
    [InlineData(""","result":null""", """{"result":null}""")]
    [InlineData("", "{}")]
    public async Task Invoke_ClientAnswers_GivesWhatItGave(string completion, string expected)
    {
        await using var node = await Node.StartAsync();
        using var client = await RawWebSocket.OpenAsync(node.Address);
        var connection = await ConnectionAsync(node);
        var answer = InvokeAsync(node, connection);

        var question = JsonDocument.Parse(await client.MessageAsync()).RootElement;
        Assert.Equal("add", question.GetProperty("target").GetString());
        Assert.Equal("[1,0.50]", question.GetProperty("arguments").GetRawText());
        await client.SendTextAsync($$"""{"type":3,"invocationId":"{{question.GetProperty("invocationId").GetString()}}"{{completion}}}""");

        using var response = await answer;
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(expected, await response.Content.ReadAsStringAsync(Stop));
    }

    [Fact]
    public async Task Invoke_ClientAnswersWithAnError_Is400WithItsWords()
    {
        await using var node = await Node.StartAsync();
        using var client = await RawWebSocket.OpenAsync(node.Address);
        var answer = InvokeAsync(node, await ConnectionAsync(node));

        await client.SendTextAsync($$"""{"type":3,"invocationId":"{{await AskedAsync(client)}}","error":"I can't."}""");

        await RestNode.AssertErrorAsync(await answer, HttpStatusCode.BadRequest, "Error.Connection.Failed", "I can't.");
    }

    [Fact]
    public async Task Invoke_ConnectionIsNotThere_Is404()
    {
        await using var node = await Node.StartAsync();

        await RestNode.AssertErrorAsync(await InvokeAsync(node, "nobody"), HttpStatusCode.NotFound, "Error.Connection.NotExisted", "isn't there");
        Assert.Empty(await node.StoredAsync("chat"));
    }

    [Fact]
    public async Task Invoke_ClientLeavesBeforeItAnswers_Is404()
    {
        await using var node = await Node.StartAsync();
        using var client = await RawWebSocket.OpenAsync(node.Address);
        var answer = InvokeAsync(node, await ConnectionAsync(node));
        await AskedAsync(client);

        client.Dispose();

        await RestNode.AssertErrorAsync(await answer, HttpStatusCode.NotFound, "Error.Connection.NotExisted", "it has ended");
    }

    [Fact]
    public async Task Invoke_NoAnswerInTime_Is504()
    {
        await using var node = await Node.StartAsync(("Serverless:Connections:ResultTimeout", "00:00:01"));
        using var client = await RawWebSocket.OpenAsync(node.Address);

        await RestNode.AssertErrorAsync(
            await InvokeAsync(node, await ConnectionAsync(node)), HttpStatusCode.GatewayTimeout, "Error.Request.Timeout", "no result within 1 s");
    }

    [Fact]
    public async Task Complete_NotAskedOrTwice_IsNotStored()
    {
        await using var node = await Node.StartAsync();
        using var client = await RawWebSocket.OpenAsync(node.Address);
        using var other = await RawWebSocket.OpenAsync(node.Address);
        var answer = InvokeAsync(node, await ConnectionAsync(node));
        var asked = await AskedAsync(client);

        await client.SendTextAsync("""{"type":3,"invocationId":"never asked","result":0}""");
        await other.SendTextAsync($$"""{"type":3,"invocationId":"{{asked}}","result":"forged"}""");
        await client.SendTextAsync($$"""{"type":3,"invocationId":"{{asked}}","result":1}""");
        await client.SendTextAsync($$"""{"type":3,"invocationId":"{{asked}}","result":2}""");
        using var response = await answer;
        client.Dispose();
        other.Dispose();
        Assert.Equal("""{"result":1}""", await response.Content.ReadAsStringAsync(Stop));
        await node.UntilStoredAsync("chat", events => events.OfType<ConnectionClosed>().Count() == 2);
        Assert.Single((await node.StoredAsync("chat")).OfType<InvocationCompleted>());
    }

    [Fact]
    public async Task Invoke_SameIdempotencyKey_AsksOnceAndSaysSo()
    {
        await using var node = await Node.StartAsync();
        using var client = await RawWebSocket.OpenAsync(node.Address);
        var connection = await ConnectionAsync(node);
        var first = InvokeAsync(node, connection, key: "k");
        var asked = await AskedAsync(client);

        await RestNode.AssertErrorAsync(await InvokeAsync(node, connection, key: "k"), HttpStatusCode.Conflict, "Error.Request.Invalid", "already");

        await client.SendTextAsync($$"""{"type":3,"invocationId":"{{asked}}","result":1}""");
        using var response = await first;
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Single((await node.StoredAsync("chat")).OfType<MessageSent>());
    }

    /// <summary>SDKs with more than one protocol send a frame for each; they have no id yet.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Invoke_Frames_AsksWithTheirArguments(bool withMessagePack)
    {
        await using var node = await Node.StartAsync();
        using var client = await RawWebSocket.OpenAsync(node.Address);
        // [1, {}, nil, "add", [1, 0.5], []] behind its length
        byte[] binary = [0x14, 0x96, 1, 0x80, 0xc0, 0xa3, .. "add"u8, 0x92, 1, 0xcb, 0x3f, 0xe0, 0, 0, 0, 0, 0, 0, 0x90];
        binary[0] = (byte)(binary.Length - 1);
        var frames = new Dictionary<string, byte[]> { ["json"] = Encoding.UTF8.GetBytes("{\"type\":1,\"target\":\"add\",\"arguments\":[1,0.5]}\u001e") };
        if (withMessagePack)
        {
            frames["messagepack"] = binary;
        }

        using var body = RestNode.Body(MessagePackSerializer.Serialize(frames, cancellationToken: Stop), "application/octet-stream");
        var answer = node.CallAsync("POST", $"/api/hubs/chat/connections/{await ConnectionAsync(node)}/:invoke{Version}", body);

        var question = JsonDocument.Parse(await client.MessageAsync()).RootElement;
        Assert.Equal("[1,0.5]", question.GetProperty("arguments").GetRawText());
        await client.SendTextAsync($$"""{"type":3,"invocationId":"{{question.GetProperty("invocationId").GetString()}}","result":"ok"}""");
        using var response = await answer;
        Assert.Equal("""{"result":"ok"}""", await response.Content.ReadAsStringAsync(Stop));
    }

    [Fact]
    public async Task Invoke_BodyWrong_Is400AndNobodyIsAsked()
    {
        await using var node = await Node.StartAsync();
        using var client = await RawWebSocket.OpenAsync(node.Address);
        using var body = RestNode.Json("""{"arguments":[]}""");

        await RestNode.AssertErrorAsync(
            await node.CallAsync("POST", $"/api/hubs/chat/connections/{await ConnectionAsync(node)}/:invoke{Version}", body),
            HttpStatusCode.BadRequest,
            "Error.Request.Invalid",
            "'target' is missing.");
        Assert.Empty((await node.StoredAsync("chat")).OfType<MessageSent>());
    }

    [Fact]
    public async Task Invoke_AtOneNode_AsksTheClientOfTheOther()
    {
        await using var redis = new RedisServer();
        await redis.StartAsync();
        await using var asking = await Node.StartAsync(("Serverless:Log:Kind", "redis"), ("Serverless:Log:Redis", redis.EndPoint));
        await using var serving = await Node.StartAsync(("Serverless:Log:Kind", "redis"), ("Serverless:Log:Redis", redis.EndPoint));
        using var client = await RawWebSocket.OpenAsync(serving.Address);
        var connection = await ConnectionAsync(asking);

        for (var i = 0; i < 3; i++)
        {
            var answer = InvokeAsync(asking, connection);
            await client.SendTextAsync($$"""{"type":3,"invocationId":"{{await AskedAsync(client)}}","result":{{i}}}""");
            using var response = await answer;
            Assert.Equal($$"""{"result":{{i}}}""", await response.Content.ReadAsStringAsync(Stop));
        }
    }

    private static async Task<string> ConnectionAsync(Node node) => (await node.StoredAsync("chat")).OfType<ConnectionOpened>().First().Connection.Value;

    private static async Task<string> AskedAsync(RawWebSocket client) =>
        JsonDocument.Parse(await client.MessageAsync()).RootElement.GetProperty("invocationId").GetString()!;

    private static async Task<HttpResponseMessage> InvokeAsync(Node node, string connection, string? key = null)
    {
        using var body = RestNode.Json("""{"target":"add","arguments":[1,0.50]}""");
        (string, string)[] headers = key is null ? [] : [("Idempotency-Key", key)];
        return await node.CallAsync("POST", $"/api/hubs/chat/connections/{connection}/:invoke{Version}", body, headers);
    }
}
