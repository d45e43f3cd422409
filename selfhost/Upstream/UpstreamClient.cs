using System.Net;
using Microsoft.Extensions.Options;

namespace Serverless.SelfHost.Upstream;

/// <summary>Posts an event once. Thread-safe.</summary>
internal sealed class UpstreamClient(IOptions<UpstreamOptions> options) : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler
    {
        // a redirected POST would come as a GET, and its signature at another's
        AllowAutoRedirect = false,
        UseCookies = false,
        AutomaticDecompression = DecompressionMethods.None,
        ConnectTimeout = TimeSpan.FromSeconds(10),
        // addresses change behind a name
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
    })
    { Timeout = Timeout.InfiniteTimeSpan };

    /// <returns>The receiver's answer; of its body only what a client waits for.</returns>
    /// <exception cref="HttpRequestException">There was no answer.</exception>
    /// <exception cref="OperationCanceledException">There was none in time.</exception>
    public async ValueTask<UpstreamAnswer> PostAsync(UpstreamCall call, CancellationToken cancellationToken)
    {
        using var request = call.ToRequest();
        using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        return response.StatusCode == HttpStatusCode.OK && call.Event.Invocation is not null
            ? await ReadAsync(response.Content, cancellationToken)
            : new((int)response.StatusCode);
    }

    public void Dispose() => _http.Dispose();

    /// <summary>The receiver has done its work by now: a fault is the body's, not the call's. Contract, section 4.6.</summary>
    private async ValueTask<UpstreamAnswer> ReadAsync(HttpContent content, CancellationToken cancellationToken)
    {
        try
        {
            await content.LoadIntoBufferAsync(options.Value.MaxResponseBytes, cancellationToken);
            return new(StatusCodes.Status200OK) { Body = await content.ReadAsByteArrayAsync(cancellationToken) };
        }
        catch (HttpRequestException tooLarge) when (tooLarge.HttpRequestError == HttpRequestError.ConfigurationLimitExceeded)
        {
            return Broken("response too large.", $"The answer has more than {options.Value.MaxResponseBytes} bytes (Serverless:Upstream:MaxResponseBytes).");
        }
        catch (OperationCanceledException late)
        {
            return Broken("response cancelled.", late.Message);
        }
        catch (Exception broken) when (broken is HttpRequestException or IOException)
        {
            return Broken($"response error: {broken.Message}", broken.Message);
        }
    }

    private static UpstreamAnswer Broken(string fault, string reason) => new(StatusCodes.Status200OK) { BodyFault = fault, Reason = reason };
}
