using System.Net;
using Serverless.Tests.Fixtures;
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
        await using var node = await Node.StartAsync(("Serverless:Connections:ClientTimeout", "00:00:04"), ("Serverless:Connections:KeepAlive", "00:00:01"));
        using var connection = await WireConnection.OpenAsync(node.Address, transport);
        for (var second = 0; second < 6; second++)
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

    /// <summary>The node listens until each has taken its close message: also the client that isn't polling when the node begins to stop.</summary>
    [Fact]
    public async Task Stop_BetweenTwoPolls_TheNextPollGetsTheCloseMessage()
    {
        await using var node = await Node.StartAsync(("Serverless:Drain:StopTimeout", "00:00:20"));
        using var connection = await WireConnection.OpenAsync(node.Address, HttpTransportType.LongPolling);
        var stopping = node.StopAsync();
        await Wait.UntilAsync(async () => await StatusAsync(node, HttpMethod.Get, "/health/ready") == HttpStatusCode.ServiceUnavailable, "It stays ready.");

        Assert.Equal(HttpStatusCode.OK, await StatusAsync(node, HttpMethod.Get, "/health/live"));
        using (var refused = await new WireClient(node.Address, WireClient.Token()).SendAsync(HttpMethod.Post, path: "client/negotiate"))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
            Assert.Equal("1", refused.Headers.RetryAfter?.ToString());
            Assert.StartsWith("The node is stopping.", await refused.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        }

        Assert.Equal(HttpStatusCode.ServiceUnavailable, await StatusAsync(node, HttpMethod.Post, "/api/negotiate?hub=chat"));
        Assert.False(stopping.IsCompleted);
        Assert.Equal("""{"type":7,"error":"The node is stopping.","allowReconnect":true}""", await connection.NextAsync());
        await stopping.WaitAsync(TimeSpan.FromSeconds(15));
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Stop_ClientTakesNothing_IsCutWhenTheTimeIsOver(HttpTransportType transport)
    {
        await using var node = await Node.StartAsync(("Serverless:Drain:StopTimeout", "00:00:00"), ("Serverless:Connections:KeepAlive", "00:05:00"));
        using var connection = await WireConnection.OpenAsync(node.Address, transport);

        // the host would wait for 30 s
        await node.StopAsync().WaitAsync(TimeSpan.FromSeconds(15));
    }

    [Fact]
    public async Task Stop_NobodyIsThere_WaitsForNobody()
    {
        await using var node = await Node.StartAsync(("Serverless:Drain:StopTimeout", "00:00:20"));
        using (var connection = await WireConnection.OpenAsync(node.Address, HttpTransportType.LongPolling))
        {
            using var ended = await connection.Client.SendAsync(HttpMethod.Delete);
            Assert.Null(await connection.NextAsync());
        }

        await node.StopAsync().WaitAsync(TimeSpan.FromSeconds(10));
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

    private static async Task<HttpStatusCode> StatusAsync(Node node, HttpMethod method, string target)
    {
        using var request = new HttpRequestMessage(method, target);
        using var answer = await node.Http.SendAsync(request, TestContext.Current.CancellationToken);
        return answer.StatusCode;
    }

    /// <summary>A call whose message has so many bytes.</summary>
    private static string Call(int bytes)
    {
        const string begin = """{"type":1,"invocationId":"1","target":"Echo","arguments":[""", end = "\"]}";
        return $"{begin}\"{new string('x', bytes - begin.Length - 1 - end.Length)}{end}";
    }
}
