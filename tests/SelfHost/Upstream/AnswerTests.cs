using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using Serverless.Tests.Core;
using Xunit;

namespace Serverless.Tests.SelfHost.Upstream;

/// <summary>What a client gets of a receiver's answer. Contract, section 4.6.</summary>
public sealed class AnswerTests
{
    private const string Invocation = """{"type":1,"invocationId":"7","target":"Say","arguments":[]}""";
    private const string End = "\u001e";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(200, """{"type":3,"invocationId":"7","result":"done"}""" + End, """{"type":3,"invocationId":"7","result":"done"}""" + End)]
    [InlineData(200, """{ "invocationId":"7", "type":3, "error":"no" }""" + End, """{ "invocationId":"7", "type":3, "error":"no" }""" + End)]
    [InlineData(200, """{"type":3,"invocationId":"7","result":1}""", """{"type":3,"invocationId":"7","result":1}""" + End)]
    [InlineData(200, "{\"type\":3,\r\n\"invocationId\":\"7\"}", "{\"type\":3,  \"invocationId\":\"7\"}" + End)]
    [InlineData(200, "", """{"type":3,"invocationId":"7"}""" + End)]
    [InlineData(204, "", """{"type":3,"invocationId":"7"}""" + End)]
    [InlineData(202, "", """{"type":3,"invocationId":"7","error":"Invocation failed, status code 202"}""" + End)]
    [InlineData(302, "", """{"type":3,"invocationId":"7","error":"Invocation failed, status code 302"}""" + End)]
    [InlineData(401, "no", """{"type":3,"invocationId":"7","error":"Invocation failed, status code 401"}""" + End)]
    [InlineData(404, "", """{"type":3,"invocationId":"7","error":"Invocation failed, status code 404"}""" + End)]
    [InlineData(500, "bad", """{"type":3,"invocationId":"7","error":"Invocation failed, status code 500"}""" + End)]
    public async Task Invoke_Json_IsAnsweredAsTheContractHasIt(int status, string body, string expected)
    {
        await using var receiver = await Receiver.StartAsync();
        receiver.AnswerWith("Say", status, body);
        await using var node = await UpstreamNode.StartAsync(receiver);
        using var client = await WireSocket.OpenAsync(node);
        await client.SendAsync(Invocation);

        Assert.Equal(expected, Encoding.UTF8.GetString(await client.ReceiveAsync()));
        await receiver.NextAsync("connected");
        await receiver.NextAsync("Say");
        Assert.True(receiver.IsEmpty, "An invocation that was answered isn't sent again.");
    }

    [Theory]
    // its length, then [3, {}, "7", 3, "ok"]
    [InlineData(200, "09950380A13703A26F6B", "09950380A13703A26F6B")]
    // [3, {}, "7", 2]
    [InlineData(200, "", "06940380A13702")]
    [InlineData(204, "", "06940380A13702")]
    public async Task Invoke_MessagePack_IsAnsweredByBytes(int status, string body, string expected)
    {
        await using var receiver = await Receiver.StartAsync();
        receiver.Answer = async (received, context) =>
        {
            context.Response.StatusCode = received.Name == "Say" ? status : 200;
            if (received.Name == "Say" && body.Length > 0)
            {
                await context.Response.Body.WriteAsync(Convert.FromHexString(body), Stop);
            }
        };
        await using var node = await UpstreamNode.StartAsync(receiver);
        using var client = await WireSocket.OpenAsync(node, "messagepack");
        await client.SendAsync(Convert.FromHexString("0B960180A137A35361799090"));

        Assert.Equal(expected, Convert.ToHexString(await client.ReceiveAsync()));
    }

    [Theory]
    [InlineData("json", """{"type":3,"invocationId":"1","result":{"sum":3}}""" + End)]
    [InlineData("messagepack", null)]
    public async Task Invoke_ByAStockClient_GivesTheResult(string protocol, string? body)
    {
        byte[] bytes = body is not null ? Encoding.UTF8.GetBytes(body) : Convert.FromHexString("0C950380A1310381A373756D03");
        await using var receiver = await Receiver.StartAsync();
        receiver.Answer = async (received, context) =>
        {
            if (received.Name == "Add")
            {
                await context.Response.Body.WriteAsync(bytes, Stop);
            }
        };
        await using var node = await UpstreamNode.StartAsync(receiver);
        await using var client = await UpstreamNode.ConnectAsync(node, protocol);

        Assert.Equal(3, (await client.InvokeAsync<Dictionary<string, int>>("Add", 1, 2, Stop))["sum"]);
    }

    [Fact]
    public async Task Send_WithoutAnId_TakesNoAnswer()
    {
        await using var receiver = await Receiver.StartAsync();
        receiver.AnswerWith("Say", 500, "bad");
        await using var node = await UpstreamNode.StartAsync(receiver);
        using var client = await WireSocket.OpenAsync(node);
        await client.SendAsync("""{"type":1,"target":"Say","arguments":[]}""");
        await client.SendAsync("""{"type":1,"invocationId":"7","target":"Next","arguments":[]}""");

        Assert.Equal("""{"type":3,"invocationId":"7"}""" + End, Encoding.UTF8.GetString(await client.ReceiveAsync()));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Invoke_AnswerTooLarge_IsAnError(bool saysItsLength)
    {
        await using var receiver = await Receiver.StartAsync();
        receiver.Answer = async (received, context) =>
        {
            if (received.Name == "Say")
            {
                context.Response.ContentLength = saysItsLength ? 1025 : null;
                await context.Response.Body.WriteAsync(new byte[1025], context.RequestAborted);
            }
        };
        await using var node = await UpstreamNode.StartAsync(receiver, (UpstreamNode.Setting("MaxResponseBytes"), "1024"));
        await using var client = await UpstreamNode.ConnectAsync(node);

        Assert.Contains("Invocation failed, response too large.", await ErrorAsync(client), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Invoke_AnswerBreaksOff_IsAnError()
    {
        await using var receiver = await Receiver.StartAsync();
        receiver.Answer = async (received, context) =>
        {
            if (received.Name == "Say")
            {
                // the server notices that the rest is missing, and closes
                context.Response.ContentLength = 100;
                await context.Response.Body.WriteAsync(new byte[10], context.RequestAborted);
            }
        };
        await using var node = await UpstreamNode.StartAsync(receiver);
        await using var client = await UpstreamNode.ConnectAsync(node);

        Assert.Contains("Invocation failed, response error: ", await ErrorAsync(client), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Invoke_NoAnswerInTime_IsAnError()
    {
        await using var receiver = await Receiver.StartAsync();
        receiver.Answer = (received, context) => received.Name == "Say" ? Forever(context) : Task.CompletedTask;
        await using var node = await UpstreamNode.StartAsync(receiver, (UpstreamNode.Setting("Timeout"), "00:00:01"));
        await using var client = await UpstreamNode.ConnectAsync(node);

        Assert.Contains("Invocation failed, status code 500", await ErrorAsync(client), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Invoke_AnswerDoesntEndInTime_IsAnError()
    {
        await using var receiver = await Receiver.StartAsync();
        receiver.Answer = async (received, context) =>
        {
            if (received.Name == "Say")
            {
                await context.Response.WriteAsync("{", context.RequestAborted);
                await context.Response.Body.FlushAsync(context.RequestAborted);
                await Forever(context);
            }
        };
        await using var node = await UpstreamNode.StartAsync(receiver, (UpstreamNode.Setting("Timeout"), "00:00:05"));
        await using var client = await UpstreamNode.ConnectAsync(node);
        // so that the time goes by within the answer, not before it
        await receiver.NextAsync("connected");

        Assert.Contains("Invocation failed, response cancelled.", await ErrorAsync(client), StringComparison.Ordinal);
    }

    private static async Task<string> ErrorAsync(HubConnection client) =>
        (await Assert.ThrowsAsync<HubException>(() => client.InvokeAsync("Say", Stop)).In()).Message;

    private static Task Forever(HttpContext context) => Task.Delay(Timeout.Infinite, context.RequestAborted)
        .ContinueWith(_ => { }, TaskScheduler.Default);
}
