using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Serverless.Tests.Fixtures;
using Serverless.Tests.SelfHost.Security;
using Serverless.Tests.SelfHost.Transports.WebSockets;
using Xunit;
using HttpTransportType = Microsoft.AspNetCore.Http.Connections.HttpTransportType;

namespace Serverless.Tests.SelfHost.Transports;

/// <summary>A client with an access token of the test's own making, request by request.</summary>
internal sealed class WireClient(Uri node, string accessToken)
{
    public const string Handshake = "{\"protocol\":\"json\",\"version\":1}\u001e";

    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(30) };

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>Of <see cref="NegotiateAsync"/>, or given.</summary>
    public string? Id { get; set; }

    /// <summary>A token for the hub "chat" with these claims, as members of a JSON object.</summary>
    public static string Token(string claims = "", long expires = 4102444800) => Jwt.Sign(
        """{"alg":"HS256","typ":"JWT"}""",
        $$"""{"aud":"http://localhost/client/?hub=chat","exp":{{expires}}{{(claims.Length > 0 ? "," : "")}}{{claims}}}""",
        NodeProcess.Key);

    /// <summary>Negotiates with the client endpoint.</summary>
    /// <returns>The names of the transports that are offered.</returns>
    public async Task<string[]> NegotiateAsync()
    {
        using var answer = await SendAsync(HttpMethod.Post, path: "client/negotiate", query: "&negotiateVersion=1");
        answer.EnsureSuccessStatusCode();
        using var json = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(Stop));
        Id = json.RootElement.GetProperty("connectionToken").GetString();
        return [.. json.RootElement.GetProperty("availableTransports").EnumerateArray().Select(each => each.GetProperty("transport").GetString()!)];
    }

    /// <summary>One request; returns with the head of its answer.</summary>
    public async Task<HttpResponseMessage> SendAsync(HttpMethod method, string? body = null, string? accept = null, string path = "client/", string query = "")
    {
        var id = Id is null ? "" : $"&id={Id}";
        using var request = new HttpRequestMessage(method, new Uri(node, $"{path}?hub=chat{id}{query}"));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", accessToken);
        request.Content = body is null ? null : new StringContent(body, Encoding.UTF8);
        if (accept is not null)
        {
            request.Headers.TryAddWithoutValidation("Accept", accept);
        }

        return await Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Stop);
    }

    /// <summary>A poll, or the first of them.</summary>
    public Task<HttpResponseMessage> PollAsync() => SendAsync(HttpMethod.Get);

    /// <summary>An event stream.</summary>
    public Task<HttpResponseMessage> EventsAsync() => SendAsync(HttpMethod.Get, accept: "text/event-stream");

    public Task<HttpResponseMessage> PostAsync(string body) => SendAsync(HttpMethod.Post, body);

    /// <summary>Asks for a WebSocket.</summary>
    /// <returns>It, and the status line of the answer.</returns>
    public async Task<(RawWebSocket Socket, string Status)> WebSocketAsync()
    {
        var socket = await RawWebSocket.ConnectAsync(node);
        await socket.SendAsync(RawWebSocket.RequestOf($"hub=chat&access_token={accessToken}{(Id is null ? "" : $"&id={Id}")}"));
        return (socket, (await socket.HeadAsync()).Split("\r\n")[0]);
    }

    /// <summary>Asks for a connection, and lets it be.</summary>
    /// <returns>The status of the answer.</returns>
    public async Task<int> ConnectAsync(HttpTransportType transport)
    {
        if (transport == HttpTransportType.WebSockets)
        {
            var (socket, status) = await WebSocketAsync();
            socket.Dispose();
            return int.Parse(status.Split(' ')[1], CultureInfo.InvariantCulture);
        }

        using var answer = transport == HttpTransportType.ServerSentEvents ? await EventsAsync() : await PollAsync();
        return (int)answer.StatusCode;
    }

    /// <summary>What came first is the answer to a good handshake. Pings that fell due meanwhile may stand behind it in the same write.</summary>
    public static void AssertShaken(string? first) => Assert.Matches("^\\{\\}\u001e(\\{\"type\":6\\}\u001e)*$", first);

    /// <summary>A WebSocket whose handshake is done.</summary>
    public async Task<RawWebSocket> OpenWebSocketAsync()
    {
        var (socket, status) = await WebSocketAsync();
        Assert.Equal("HTTP/1.1 101 Switching Protocols", status);
        await socket.SendTextAsync(Handshake.TrimEnd('\u001e'));
        AssertShaken((await socket.FrameAsync()).Text);
        return socket;
    }

    /// <summary>An event stream whose handshake is done.</summary>
    public async Task<StreamReader> OpenEventsAsync()
    {
        var events = new StreamReader(await (await EventsAsync()).EnsureSuccessStatusCode().Content.ReadAsStreamAsync(Stop));
        await ShakeHandsAsync();
        AssertShaken(await NextAsync(events));
        return events;
    }

    /// <summary>Long polling whose handshake is done.</summary>
    public async Task OpenPollingAsync()
    {
        using var first = await PollAsync();
        Assert.Equal("", await first.EnsureSuccessStatusCode().Content.ReadAsStringAsync(Stop));
        await ShakeHandsAsync();
        using var second = await PollAsync();
        AssertShaken(await second.Content.ReadAsStringAsync(Stop));
    }

    /// <returns>What the next event carries; null at the end.</returns>
    public static async Task<string?> NextAsync(StreamReader events)
    {
        string? line;
        do
        {
            line = await events.ReadLineAsync(Stop).AsTask().WaitAsync(TimeSpan.FromSeconds(30));
        }
        while (line is not null && !line.StartsWith("data: ", StringComparison.Ordinal));
        return line?["data: ".Length..];
    }

    private async Task ShakeHandsAsync()
    {
        using var answer = await PostAsync(Handshake);
        answer.EnsureSuccessStatusCode();
    }
}
