using System.Net;
using System.Net.Sockets;
using System.Text;
using Xunit;

namespace Serverless.Tests.SelfHost.Hosting;

/// <summary>Whoever sends too much, or too slowly, is told so and let go.</summary>
public sealed class LimitTests
{
    [Fact]
    public async Task Request_HeadersTooSlow_EndsIn408()
    {
        await using var node = await Node.StartAsync(("Serverless:Http:HeadersTimeout", "00:00:01"));

        Assert.StartsWith("HTTP/1.1 408", await SendAsync(node, "GET / HTTP/1.1\r\nHost: x\r\n"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Request_BodyTooSlow_EndsIn408()
    {
        await using var node = await Node.StartAsync(("Serverless:Http:RateGrace", "00:00:02"), ("Serverless:Http:MinBytesPerSecond", "1000"));
        var token = Security.Jwt.ForApi("http://localhost/api/v1/hubs/chat", Fixtures.NodeProcess.Key);

        var answer = await SendAsync(
            node, $"POST /api/v1/hubs/chat HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{{");

        Assert.StartsWith("HTTP/1.1 408", answer, StringComparison.Ordinal);
        Assert.Contains("Error.Request.Timeout", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Request_HeadersTooLarge_EndsIn431()
    {
        await using var node = await Node.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/health/live");
        request.Headers.Add("X", new string('x', 20_000));

        using var answer = await node.Http.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.RequestHeaderFieldsTooLarge, answer.StatusCode);
    }

    [Fact]
    public async Task Request_LineTooLong_EndsIn414()
    {
        await using var node = await Node.StartAsync();

        using var answer = await node.Http.GetAsync(new Uri($"/health/live?{new string('x', 13_000)}", UriKind.Relative), TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.RequestUriTooLong, answer.StatusCode);
    }

    private static async Task<string> SendAsync(Node node, string request)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(node.Address.Host, node.Address.Port, TestContext.Current.CancellationToken);
        await using var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(request), TestContext.Current.CancellationToken);
        using var reader = new StreamReader(stream);
        return await reader.ReadToEndAsync(TestContext.Current.CancellationToken);
    }
}
