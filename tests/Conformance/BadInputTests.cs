using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using Serverless.Tests.Fixtures;
using Xunit;

namespace Serverless.Tests.Conformance;

/// <summary>What a client may do wrong: it gets the protocol's own error, and the node serves the others as before.</summary>
public sealed class BadInputTests(BadInputTests.StrictNode node) : IClassFixture<BadInputTests.StrictNode>, IAsyncLifetime
{
    private const string Done = "{}";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    /// <summary>After each fault another client is served.</summary>
    public async ValueTask DisposeAsync()
    {
        using var other = await RawClient.ConnectAsync(node.Url, "chat");
        Assert.Equal(Done, await other.ReceiveAsync());
        await other.SendAsync("{\"type\":1,\"invocationId\":\"1\",\"target\":\"Echo\",\"arguments\":[7]}\u001e");
        Assert.Equal("{\"type\":3,\"invocationId\":\"1\",\"result\":7}", await other.ReceiveAsync());
    }

    [Theory]
    [InlineData("nonsense\u001e", "malformed")]
    [InlineData("{}\u001e", "malformed")]
    [InlineData("{\"protocol\":\"json\",\"version\":\"one\"}\u001e", "malformed")]
    [InlineData("{\"protocol\":\"xml\",\"version\":1}\u001e", "'xml' in version 1 isn't supported")]
    [InlineData("{\"protocol\":\"json\",\"version\":99}\u001e", "'json' in version 99 isn't supported")]
    public async Task Handshake_Wrong_IsRefusedWithTheReason(string handshake, string reason)
    {
        using var client = await RawClient.ConnectAsync(node.Url, "chat", handshake);

        var answer = await client.ReceiveAsync();
        Assert.StartsWith("{\"error\":", answer, StringComparison.Ordinal);
        Assert.Contains(reason, answer!.Replace("\\u0027", "'", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Null(await client.ReceiveAsync());
    }

    [Fact]
    public async Task Handshake_WithoutEnd_IsRefused()
    {
        using var client = await RawClient.ConnectAsync(node.Url, "chat", new string('x', 10_000));

        Assert.Contains("The handshake", await client.ReceiveAsync(), StringComparison.Ordinal);
        Assert.Null(await client.ReceiveAsync());
    }

    [Fact]
    public async Task Handshake_NeverSent_EndsTheConnection()
    {
        using var client = await RawClient.ConnectAsync(node.Url, "chat", "");

        Assert.Null(await client.ReceiveAsync());
    }

    [Theory]
    [InlineData("nonsense\u001e")]
    [InlineData("{\"type\":\u001e")]
    [InlineData("[1,2]\u001e")]
    [InlineData("{\"type\":\"x\"}\u001e")]
    [InlineData("{\"type\":1,\"arguments\":{}}\u001e")]
    public async Task Message_Malformed_ClosesItsConnectionWithTheReason(string message)
    {
        using var client = await RawClient.ConnectAsync(node.Url, "chat");
        Assert.Equal(Done, await client.ReceiveAsync());

        await client.SendAsync(message);

        Assert.StartsWith("{\"type\":7,\"error\":\"Connection closed with an error.", await client.ReceiveAsync(), StringComparison.Ordinal);
        Assert.Null(await client.ReceiveAsync());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Message_LargerThanTheLimit_ClosesItsConnectionWithTheLimit(bool ends)
    {
        using var client = await RawClient.ConnectAsync(node.Url, "chat");
        Assert.Equal(Done, await client.ReceiveAsync());

        await client.SendAsync($"{{\"type\":1,\"target\":\"Echo\",\"arguments\":[\"{new string('x', 1024 * 1024)}\"]}}{(ends ? "\u001e" : "")}");

        Assert.Contains("maximum message size of 1048576 bytes was exceeded", await client.ReceiveAsync(), StringComparison.Ordinal);
        Assert.Null(await client.ReceiveAsync());
    }

    [Fact]
    public async Task MessagePack_Malformed_ClosesItsConnection()
    {
        using var client = await RawClient.ConnectAsync(node.Url, "chat", "{\"protocol\":\"messagepack\",\"version\":1}\u001e");
        Assert.Equal(Done, await client.ReceiveAsync());

        await client.SendAsync([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01], WebSocketMessageType.Binary);

        while (await client.ReceiveAsync() is not null)
        {
            // a binary Close message holds no terminator: what ends this is the end
        }
    }

    [Fact]
    public async Task MessagePack_ArgumentNestedWithoutEnd_HarmsNobody()
    {
        using var client = await RawClient.ConnectAsync(node.Url, "chat", "{\"protocol\":\"messagepack\",\"version\":1}\u001e");
        Assert.Equal(Done, await client.ReceiveAsync());

        // [1, {}, nil, "Echo", [ [[[…]]] ], []]
        byte[] nested = [0x96, 1, 0x80, 0xc0, 0xa4, .. "Echo"u8, 0x91, .. Enumerable.Repeat((byte)0x91, 900_000), 0xc0, 0x90];
        await client.SendAsync([.. Varint(nested.Length), .. nested], WebSocketMessageType.Binary);

        // [1, {"a": [[[…]]]}, nil, "Echo", [1], []]
        byte[] headers = [0x96, 1, 0x81, 0xa1, (byte)'a', .. Enumerable.Repeat((byte)0x91, 900_000), 0xc0, 0xc0, 0xa4, .. "Echo"u8, 0x91, 1, 0x90];
        await client.SendAsync([.. Varint(headers.Length), .. headers], WebSocketMessageType.Binary);

        while (await client.ReceiveAsync() is not null)
        {
            // the second one can't be understood: the connection ends
        }
    }

    [Theory]
    [InlineData("/client/negotiate?hub=9", HttpStatusCode.BadRequest)]
    [InlineData("/client/negotiate", HttpStatusCode.BadRequest)]
    [InlineData("/client/negotiate?hub=a&hub=b", HttpStatusCode.BadRequest)]
    [InlineData("/client/negotiate?hub=chat", HttpStatusCode.Unauthorized)]
    [InlineData("/api/negotiate?hub=9", HttpStatusCode.BadRequest)]
    [InlineData("/api/negotiate", HttpStatusCode.BadRequest)]
    public async Task Negotiate_Wrong_IsRefused(string path, HttpStatusCode status)
    {
        using var http = new HttpClient();
        using var answer = await http.PostAsync(node.Url + path, null, Stop);

        Assert.Equal(status, answer.StatusCode);
        Assert.NotEmpty(await answer.Content.ReadAsStringAsync(Stop));
    }

    [Fact]
    public async Task Negotiate_TokenOfAnotherHub_Is401()
    {
        var other = await RawClient.NegotiateAsync(node.Url, "other");
        using var http = new HttpClient();
        http.DefaultRequestHeaders.Authorization = new("Bearer", other.AccessToken);
        using var answer = await http.PostAsync($"{node.Url}/client/negotiate?hub=chat", null, Stop);

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.StartsWith("Bearer", answer.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Connect_UnknownId_Is404()
    {
        var client = await RawClient.NegotiateAsync(node.Url, "chat");
        using var http = new HttpClient();
        http.DefaultRequestHeaders.Authorization = new("Bearer", client.AccessToken);
        using var answer = await http.GetAsync($"{client.ClientUrl}&id=madeup", Stop);

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    [Fact]
    public async Task Connect_SecondEventStreamOfOneConnection_Is409()
    {
        var client = await RawClient.NegotiateAsync(node.Url, "chat");
        using var first = await client.RequestAsync(HttpMethod.Get, accept: "text/event-stream");
        using var second = await client.RequestAsync(HttpMethod.Get, accept: "text/event-stream");

        Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        Assert.Equal(HttpStatusCode.Conflict, second.StatusCode);
    }

    [Fact]
    public async Task Post_WithoutConnection_Is404()
    {
        var client = await RawClient.NegotiateAsync(node.Url, "chat");
        using var answer = await client.RequestAsync(HttpMethod.Post, new StringContent("x"));

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    [Fact]
    public async Task Request_HeadersThatNeverEnd_AreCutOff()
    {
        using var socket = await OpenAsync();
        await socket.SendAsync(Encoding.ASCII.GetBytes("GET /health/live HTTP/1.1\r\nHost: localhost\r\n"), Stop);

        Assert.Contains("408", await ReadToEndAsync(socket), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Request_HeadersWithoutLimit_Are431()
    {
        using var socket = await OpenAsync();
        await socket.SendAsync(Encoding.ASCII.GetBytes($"GET /health/live HTTP/1.1\r\nHost: localhost\r\nX: {new string('x', 64 * 1024)}\r\n\r\n"), Stop);

        Assert.Contains("431", await ReadToEndAsync(socket), StringComparison.Ordinal);
    }

    private static byte[] Varint(int length) =>
        [(byte)(length & 0x7f | 0x80), (byte)(length >> 7 & 0x7f | 0x80), (byte)(length >> 14)];

    private async Task<Socket> OpenAsync()
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        var url = new Uri(node.Url);
        await socket.ConnectAsync(url.Host, url.Port, Stop);
        return socket;
    }

    private static async Task<string> ReadToEndAsync(Socket socket)
    {
        using var guard = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        guard.CancelAfter(TimeSpan.FromSeconds(60));
        var (all, buffer) = ("", new byte[4096]);
        try
        {
            while (await socket.ReceiveAsync(buffer, guard.Token) is var count and > 0)
            {
                all += Encoding.ASCII.GetString(buffer, 0, count);
            }
        }
        catch (SocketException)
        {
            // reset by the node after its answer
        }

        return all;
    }

    /// <summary>A node with short times, so that what is endless ends soon.</summary>
    public sealed class StrictNode : IAsyncLifetime
    {
        private readonly NodeProcess _process = new()
        {
            Settings = new Dictionary<string, string>
            {
                ["Serverless:Connections:HandshakeTimeout"] = "00:00:15",
                ["Serverless:Http:HeadersTimeout"] = "00:00:05",
            },
        };

        public string Url => _process.Url;

        public async ValueTask InitializeAsync() => await _process.StartAsync();

        public async ValueTask DisposeAsync() => await _process.DisposeAsync();
    }
}
