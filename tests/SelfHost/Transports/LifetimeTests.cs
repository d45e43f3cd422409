using System.Net;
using Xunit;
using HttpTransportType = Microsoft.AspNetCore.Http.Connections.HttpTransportType;

namespace Serverless.Tests.SelfHost.Transports;

/// <summary>How long a connection lives, and how it ends, over each transport.</summary>
public sealed class LifetimeTests
{
    private const string Ping = """{"type":6}""";

    public static TheoryData<HttpTransportType> Transports => WireConnection.Transports;

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task KeepAlive_QuietClient_IsPinged(HttpTransportType transport)
    {
        await using var node = await Node.StartAsync(("Serverless:Connections:KeepAlive", "00:00:01"));
        using var connection = await WireConnection.OpenAsync(node.Address, transport);

        Assert.Equal(Ping, await connection.NextAsync());
        Assert.Equal(Ping, await connection.NextAsync());
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task ClientTimeout_SilentClient_IsClosedAndMayReconnect(HttpTransportType transport)
    {
        await using var node = await Node.StartAsync(("Serverless:Connections:ClientTimeout", "00:00:02"));
        using var connection = await WireConnection.OpenAsync(node.Address, transport);

        Assert.Equal("""{"type":7,"error":"Nothing came from the client for 2 s.","allowReconnect":true}""", await connection.NextAsync());
        Assert.Null(await connection.NextAsync());
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task ClientTimeout_PingingClient_GoesOn(HttpTransportType transport)
    {
        await using var node = await Node.StartAsync(("Serverless:Connections:ClientTimeout", "00:00:02"), ("Serverless:Connections:KeepAlive", "00:00:01"));
        using var connection = await WireConnection.OpenAsync(node.Address, transport);
        for (var second = 0; second < 4; second++)
        {
            Assert.Equal(Ping, await connection.NextAsync());
            await connection.SendAsync(Ping);
        }
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Message_LargerThanTheLimit_ClosesForGood(HttpTransportType transport)
    {
        await using var node = await Node.StartAsync(("Serverless:Connections:MaxMessageBytes", "1024"));
        using var connection = await WireConnection.OpenAsync(node.Address, transport);
        await connection.SendAsync(Call(1024));
        Assert.StartsWith("""{"type":3,"invocationId":"1",""", await connection.NextAsync(), StringComparison.Ordinal);

        await connection.SendAsync(Call(1025));

        Assert.Equal(
            """{"type":7,"error":"Connection closed with an error. The maximum message size of 1024 bytes was exceeded."}""", await connection.NextAsync());
        Assert.Null(await connection.NextAsync());
    }

    [Theory]
    [InlineData(HttpTransportType.ServerSentEvents)]
    [InlineData(HttpTransportType.LongPolling)]
    public async Task Post_FarAboveTheLimit_Is413(HttpTransportType transport)
    {
        await using var node = await Node.StartAsync(("Serverless:Connections:MaxMessageBytes", "1024"));
        using var connection = await WireConnection.OpenAsync(node.Address, transport);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, await connection.SendAsync(Call(3000)));
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Message_Malformed_ClosesForGood(HttpTransportType transport)
    {
        await using var node = await Node.StartAsync();
        using var connection = await WireConnection.OpenAsync(node.Address, transport);
        await connection.SendAsync("nonsense");

        var close = await connection.NextAsync();
        Assert.StartsWith("""{"type":7,"error":"Connection closed with an error.""", close, StringComparison.Ordinal);
        Assert.DoesNotContain("allowReconnect", close, StringComparison.Ordinal);
        Assert.Null(await connection.NextAsync());
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Stop_Node_ClosesEachAndAllowsReconnect(HttpTransportType transport)
    {
        await using var node = await Node.StartAsync();
        using var connection = await WireConnection.OpenAsync(node.Address, transport);
        var next = connection.NextAsync();
        var stopping = node.StopAsync();

        Assert.Equal("""{"type":7,"error":"The node is stopping.","allowReconnect":true}""", await next);
        if (transport == HttpTransportType.WebSockets)
        {
            await connection.CloseSocketAsync();
        }

        await stopping;
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Close_ByTheClient_EndsTheConnection(HttpTransportType transport)
    {
        await using var node = await Node.StartAsync();
        using var connection = await WireConnection.OpenAsync(node.Address, transport);
        await connection.SendAsync("""{"type":7}""");
        if (transport == HttpTransportType.WebSockets)
        {
            await connection.CloseSocketAsync();
        }
        else
        {
            using var ended = await connection.Client.SendAsync(HttpMethod.Delete);
            Assert.Equal(HttpStatusCode.Accepted, ended.StatusCode);
        }

        Assert.Null(await connection.NextAsync());
    }

    /// <summary>A call whose message has so many bytes.</summary>
    private static string Call(int bytes)
    {
        const string begin = """{"type":1,"invocationId":"1","target":"Echo","arguments":[""", end = "\"]}";
        return $"{begin}\"{new string('x', bytes - begin.Length - 1 - end.Length)}{end}";
    }
}
