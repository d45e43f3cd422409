using System.Net;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Xunit;

namespace Serverless.Tests.SelfHost.Transports.WebSockets;

public sealed class WebSocketListenerTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Upgrade_AnswersAsTheProtocolHasIt()
    {
        await using var node = await Node.StartAsync();
        using var client = await RawWebSocket.ConnectAsync(node.Address);
        await client.SendAsync(RawWebSocket.Request());

        // key and answer of RFC 6455, section 1.3; no header of HTTP's pipeline is there: it was taken before
        Assert.Equal(
            "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n",
            await client.HeadAsync());
    }

    [Fact]
    public async Task Upgrade_ByteByByteWithAFrameBehindIt_IsTaken()
    {
        await using var node = await Node.StartAsync();
        using var client = await RawWebSocket.ConnectAsync(node.Address);
        byte[] bytes = [.. Encoding.ASCII.GetBytes(RawWebSocket.Request()), .. RawWebSocket.Text("""{"protocol":"json","version":1}""")];
        foreach (var each in bytes)
        {
            await client.SendAsync([each]);
        }

        Assert.Contains("Sec-WebSocket-Accept", await client.HeadAsync(), StringComparison.Ordinal);
        Assert.Equal("{}\u001e", (await client.FrameAsync()).Text);
    }

    [Theory]
    [InlineData("Sec-WebSocket-Version: 13", "Sec-WebSocket-Version: 8", "401")]
    [InlineData("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "X: y", "401")]
    [InlineData("Host: localhost\r\n", "", "400")]
    [InlineData("GET /client/?hub=chat&", "GET /client/?hub=other&", "401")]
    [InlineData("GET /client/?hub=chat&", "GET /client/?hub=c h a t&", "400")]
    [InlineData("GET /client/?hub=chat&", "GET /client/?hub=%00&", "400")]
    [InlineData("GET /client/?hub=chat&", "GET /client/?hub=chat&id=unknown&", "404")]
    [InlineData("GET /client/?", "GET /clients/?", "404")]
    [InlineData("Upgrade: WebSocket", "Upgrade: h2c", "401")]
    public async Task Upgrade_Wrong_IsRefusedByHttp(string good, string bad, string status)
    {
        await using var node = await Node.StartAsync();
        using var client = await RawWebSocket.ConnectAsync(node.Address);
        await client.SendAsync(RawWebSocket.Request().Replace(good, bad, StringComparison.Ordinal));

        Assert.StartsWith($"HTTP/1.1 {status} ", await client.HeadAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Connection_WithoutRequest_EndsAfterTheKeepAliveTimeout()
    {
        await using var node = await Node.StartAsync(("Serverless:Http:KeepAliveTimeout", "00:00:01"));
        using var client = await RawWebSocket.ConnectAsync(node.Address);

        Assert.True(await client.IsAtEndAsync());
    }

    [Fact]
    public async Task Upgrade_HeadThatNeverEnds_Is408()
    {
        await using var node = await Node.StartAsync(("Serverless:Http:HeadersTimeout", "00:00:01"));
        using var client = await RawWebSocket.ConnectAsync(node.Address);
        await client.SendAsync(RawWebSocket.Request()[..^2]);

        Assert.StartsWith("HTTP/1.1 408 ", await client.HeadAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Upgrade_NoRoom_Is429()
    {
        await using var node = await Node.StartAsync(("Serverless:Connections:MaxConnections", "1"));
        using var first = await RawWebSocket.OpenAsync(node.Address);
        using var second = await RawWebSocket.ConnectAsync(node.Address);
        await second.SendAsync(RawWebSocket.Request());

        Assert.StartsWith("HTTP/1.1 429 ", await second.HeadAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ping_IsAnsweredWithItsPayload()
    {
        await using var node = await Node.StartAsync();
        using var client = await RawWebSocket.OpenAsync(node.Address);
        await client.SendAsync([.. ClientFrames.Make(ClientFrames.Ping, "one"u8.ToArray()), .. ClientFrames.Make(ClientFrames.Ping, [])]);

        var (first, second) = (await client.FrameAsync(), await client.FrameAsync());
        Assert.Equal((ClientFrames.Pong, "one"), (first.Opcode, first.Text));
        Assert.Equal((ClientFrames.Pong, ""), (second.Opcode, second.Text));
    }

    [Fact]
    public async Task Close_IsAnsweredWithItsStatus_ThenTheNodeEnds()
    {
        await using var node = await Node.StartAsync();
        using var client = await RawWebSocket.OpenAsync(node.Address);
        await client.SendAsync(ClientFrames.Make(ClientFrames.Close, [0x0F, 0xA0, .. "why"u8]));

        var (opcode, payload, _) = await client.FrameAsync();
        Assert.Equal(ClientFrames.Close, opcode);
        Assert.Equal([0x0F, 0xA0], payload);
        Assert.True(await client.IsAtEndAsync());
    }

    [Fact]
    public async Task Violation_IsClosedWithStatus1002()
    {
        await using var node = await Node.StartAsync();
        using var client = await RawWebSocket.OpenAsync(node.Address);
        await client.SendAsync([0x81, 0x01, 0x41]);

        var (opcode, payload, _) = await client.FrameAsync();
        Assert.Equal(ClientFrames.Close, opcode);
        Assert.Equal([0x03, 0xEA], payload);
    }

    [Fact]
    public async Task Send_MoreThanTheSocketTakes_ArrivesWholeAndInOrder()
    {
        const int messages = 20;
        await using var node = await Node.StartAsync(
            ("Serverless:Connections:MaxQueuedBytes", $"{64 * 1024 * 1024}"), ("Serverless:Connections:KeepAlive", "00:05:00"), ("Serverless:Connections:ClientTimeout", "00:10:00"));
        using var slow = await RawWebSocket.OpenAsync(node.Address, receiveBuffer: 4096);
        for (var i = 0; i < messages; i++)
        {
            using var content = new StringContent($$"""{"target":"t","arguments":[{{i}},"{{new string('x', 200_000)}}"]}""", Encoding.UTF8, "application/json");
            using var answer = await node.CallAsync("POST", "/api/v1/hubs/chat", content);
            Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        }

        // a ping between them: its pong may not stand within another frame
        await slow.SendAsync(ClientFrames.Make(ClientFrames.Ping, "here"u8.ToArray()));
        var (numbers, pongs) = (new List<string>(), 0);
        while (numbers.Count < messages || pongs == 0)
        {
            var frame = await slow.FrameAsync();
            pongs += frame.Opcode == ClientFrames.Pong ? 1 : 0;
            // a frame has whole messages, one or more
            numbers.AddRange((frame.Opcode == ClientFrames.Text ? frame.Text : "").Split('\u001e', StringSplitOptions.RemoveEmptyEntries)
                .Select(each => each.Split("\"arguments\":[")[1].Split(',')[0]));
        }

        Assert.Equal(Enumerable.Range(0, messages).Select(i => $"{i}"), numbers);
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task Tls_TakesTheFrameworksWay(string version)
    {
        using var certificate = SelfSigned();
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllBytesAsync(file, certificate.Export(X509ContentType.Pfx, "secret"), Stop);
            await using var node = await Node.StartAsync(
                ("urls", "https://127.0.0.1:0"), ("Kestrel:Certificates:Default:Path", file), ("Kestrel:Certificates:Default:Password", "secret"));
            using var handler = new SocketsHttpHandler { SslOptions = new() { RemoteCertificateValidationCallback = (_, given, _, _) => given?.GetCertHashString() == certificate.GetCertHashString() } };
            using var http = new HttpMessageInvoker(handler);
            using var client = new ClientWebSocket();
            client.Options.HttpVersion = Version.Parse(version);
            client.Options.HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact;
            var query = $"hub=chat&access_token={RawWebSocket.Token("chat")}";
            await client.ConnectAsync(new UriBuilder(node.Address) { Scheme = "wss", Path = "/client/", Query = query }.Uri, http, Stop);

            await client.SendAsync("{\"protocol\":\"json\",\"version\":1}\u001e"u8.ToArray(), WebSocketMessageType.Text, true, Stop);
            var buffer = new byte[1024];
            var received = await client.ReceiveAsync(buffer, Stop);
            Assert.Equal("{}\u001e", Encoding.UTF8.GetString(buffer, 0, received.Count));
            await client.CloseAsync(WebSocketCloseStatus.NormalClosure, null, Stop);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static X509Certificate2 SelfSigned()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }
}
