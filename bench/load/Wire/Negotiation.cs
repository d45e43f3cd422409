using System.Net.Http.Headers;
using System.Text.Json;

namespace Serverless.Bench.Load.Wire;

/// <summary>SignalR's negotiation, with the one redirect that Azure SignalR and our node give.</summary>
internal sealed class Negotiation : IDisposable
{
    private const int MaxRedirects = 1;

    // plain HTTP/1.1, synchronous, over a few kept connections
    private readonly HttpClient _http = new(new SocketsHttpHandler { MaxConnectionsPerServer = 64, UseProxy = false, UseCookies = false })
    {
        Timeout = TimeSpan.FromSeconds(30),
    };

    /// <summary>Asks for a connection; where it is to be opened.</summary>
    /// <exception cref="HttpRequestException">The server refused; the message has its answer.</exception>
    public Uri Negotiate(Uri url, CancellationToken stop)
    {
        string? accessToken = null;
        for (var redirects = 0; redirects <= MaxRedirects; redirects++)
        {
            using var answer = Post(Negotiate(url), accessToken, stop);
            var root = answer.RootElement;
            if (root.TryGetProperty("url", out var redirect))
            {
                url = new Uri(redirect.GetString()!.Replace("ws://", "http://", StringComparison.Ordinal));
                accessToken = root.TryGetProperty("accessToken", out var token) ? token.GetString() : null;
                continue;
            }

            var id = root.TryGetProperty("connectionToken", out var secret) ? secret.GetString() : root.GetProperty("connectionId").GetString();
            return With(url, $"id={Uri.EscapeDataString(id!)}" + (accessToken is null ? "" : $"&access_token={Uri.EscapeDataString(accessToken)}"));
        }

        throw new HttpRequestException($"{url} redirects more than {MaxRedirects} time(s).");
    }

    public void Dispose() => _http.Dispose();

    private JsonDocument Post(Uri url, string? accessToken, CancellationToken stop)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, url);
        request.Headers.Authorization = accessToken is null ? null : new AuthenticationHeaderValue("Bearer", accessToken);
        using var response = _http.Send(request, stop);
        using var body = response.Content.ReadAsStream(stop);
        if (!response.IsSuccessStatusCode)
        {
            using var text = new StreamReader(body);
            throw new HttpRequestException($"POST {url.GetLeftPart(UriPartial.Path)} answered {(int)response.StatusCode}: {text.ReadToEnd()}");
        }

        return JsonDocument.Parse(body);
    }

    private static Uri Negotiate(Uri url)
    {
        var address = new UriBuilder(url);
        address.Path = address.Path.TrimEnd('/') + "/negotiate";
        return With(address.Uri, "negotiateVersion=1");
    }

    private static Uri With(Uri url, string query)
    {
        var address = new UriBuilder(url);
        address.Query = address.Query.Length > 1 ? $"{address.Query[1..]}&{query}" : query;
        return address.Uri;
    }
}
