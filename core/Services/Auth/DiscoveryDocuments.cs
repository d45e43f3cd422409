using System.Net;
using Microsoft.IdentityModel.Protocols;

namespace Serverless.Services.Auth;

/// <summary>Fetches an issuer's documents: by https, or by http on loopback; no redirects, 1 MiB at most. Thread-safe.</summary>
internal sealed class DiscoveryDocuments : IDocumentRetriever, IDisposable
{
    private const int MaxBytes = 1 << 20;

    private readonly HttpClient _http = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        // addresses change behind a name
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
    })
    { MaxResponseContentBufferSize = MaxBytes, Timeout = Timeout.InfiniteTimeSpan };

    /// <summary>Whether documents may be fetched from there.</summary>
    public static bool IsAllowed(Uri address) =>
        address is { IsAbsoluteUri: true, UserInfo: "", Fragment: "" } && (address.Scheme == Uri.UriSchemeHttps || (address.Scheme == Uri.UriSchemeHttp && address.IsLoopback));

    /// <exception cref="HttpRequestException">It isn't to be had.</exception>
    public async Task<string> GetDocumentAsync(string address, CancellationToken cancel)
    {
        if (!Uri.TryCreate(address, UriKind.Absolute, out var uri) || !IsAllowed(uri))
        {
            throw new HttpRequestException("It names an address that is neither https nor http on loopback.");
        }

        using var answer = await _http.GetAsync(uri, cancel);
        return answer.StatusCode == HttpStatusCode.OK
            ? await answer.Content.ReadAsStringAsync(cancel)
            : throw new HttpRequestException($"{uri} answered {(int)answer.StatusCode}.");
    }

    public void Dispose() => _http.Dispose();
}
