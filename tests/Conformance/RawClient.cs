using System.Net.Http.Headers;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;
using Xunit;

namespace Serverless.Tests.Conformance;

/// <summary>A client that may send anything: it negotiates as it should, then speaks raw frames over a WebSocket.</summary>
internal sealed class RawClient : IDisposable
{
    private static readonly HttpClient Http = new();

    private readonly ClientWebSocket _socket = new();
    private string _unread = "";

    private RawClient(string clientUrl, string accessToken, string connectionToken) =>
        (ClientUrl, AccessToken, ConnectionToken) = (clientUrl, accessToken, connectionToken);

    /// <summary>The node's client endpoint, with the hub.</summary>
    public string ClientUrl { get; }

    public string AccessToken { get; }

    public string ConnectionToken { get; }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>Does both negotiations.</summary>
    public static async Task<RawClient> NegotiateAsync(string node, string hub)
    {
        using var first = await Http.PostAsync($"{node}/api/negotiate?hub={hub}", null, Stop);
        var redirect = JsonNode.Parse(await first.Content.ReadAsStringAsync(Stop))!;
        var (url, token) = ((string)redirect["url"]!, (string)redirect["accessToken"]!);
        using var request = new HttpRequestMessage(HttpMethod.Post, url.Replace("/client/?", "/client/negotiate?", StringComparison.Ordinal) + "&negotiateVersion=1");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var second = await Http.SendAsync(request, Stop);
        second.EnsureSuccessStatusCode();
        var answer = JsonNode.Parse(await second.Content.ReadAsStringAsync(Stop))!;
        return new(url, token, (string)answer["connectionToken"]!);
    }

    /// <summary>Negotiates, connects and sends a handshake.</summary>
    public static async Task<RawClient> ConnectAsync(string node, string hub, string handshake = "{\"protocol\":\"json\",\"version\":1}\u001e")
    {
        var client = await NegotiateAsync(node, hub);
        await client._socket.ConnectAsync(
            new Uri($"{client.ClientUrl.Replace("http", "ws", StringComparison.Ordinal)}&id={client.ConnectionToken}&access_token={client.AccessToken}"), Stop);
        await client.SendAsync(handshake);
        return client;
    }

    /// <summary>A request to the client endpoint with this client's tokens.</summary>
    public async Task<HttpResponseMessage> RequestAsync(HttpMethod method, HttpContent? content = null, string? accept = null)
    {
        using var request = new HttpRequestMessage(method, $"{ClientUrl}&id={ConnectionToken}") { Content = content };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", AccessToken);
        if (accept is not null)
        {
            request.Headers.TryAddWithoutValidation("Accept", accept);
        }

        return await Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Stop);
    }

    public Task SendAsync(string text) => SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text);

    public Task SendAsync(byte[] bytes, WebSocketMessageType type) => _socket.SendAsync(bytes, type, endOfMessage: true, Stop);

    /// <summary>The next JSON frame, without its terminator; null when the node closed.</summary>
    public async Task<string?> ReceiveAsync()
    {
        var buffer = new byte[64 * 1024];
        using var guard = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        guard.CancelAfter(TimeSpan.FromSeconds(30));
        while (!_unread.Contains('\u001e', StringComparison.Ordinal))
        {
            try
            {
                var received = await _socket.ReceiveAsync(buffer, guard.Token);
                if (received.MessageType == WebSocketMessageType.Close)
                {
                    await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, Stop);
                    return null;
                }

                _unread += Encoding.UTF8.GetString(buffer, 0, received.Count);
            }
            catch (WebSocketException)
            {
                return null;
            }
        }

        var end = _unread.IndexOf('\u001e', StringComparison.Ordinal);
        var frame = _unread[..end];
        _unread = _unread[(end + 1)..];
        return frame;
    }

    public void Dispose() => _socket.Dispose();
}
