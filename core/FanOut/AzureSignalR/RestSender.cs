using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;

namespace Serverless.FanOut.AzureSignalR;

/// <summary>Sends requests to one endpoint, each again until the endpoint says yes or no to it. Thread-safe.</summary>
internal sealed class RestSender(ServiceConnectionString service, TimeSpan timeout, TimeProvider time, ILogger logger) : IDisposable
{
    private const int MaxReasonBytes = 1024;

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    private readonly EndpointOutage _outage = new(service.ToString(), logger);
    private readonly HttpClient _http = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        ConnectTimeout = timeout,
        // addresses change behind a name
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
    })
    { Timeout = Timeout.InfiniteTimeSpan };

    /// <param name="request">The call.</param>
    /// <param name="key">Two requests with the same key take effect once, where the endpoint heeds it.</param>
    /// <param name="stop">Ends it; whether it took effect isn't known then.</param>
    /// <returns>Never <see cref="RestAnswer.Unavailable"/>.</returns>
    public async Task<RestAnswer> SendAsync(RestRequest request, string key, CancellationToken stop)
    {
        for (var pause = FirstPause; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            var answer = await SendOnceAsync(request, key, stop);
            if (answer is not RestAnswer.Unavailable unavailable)
            {
                _outage.Ended(request);
                return answer;
            }

            _outage.Failed(request, unavailable);
            await Task.Delay(pause * (RandomNumberGenerator.GetInt32(50, 101) / 100.0), time, stop);
        }
    }

    public void Dispose() => _http.Dispose();

    /// <summary>Sends a request, once.</summary>
    /// <param name="request">The call.</param>
    /// <param name="key">As in <see cref="SendAsync"/>; null for none.</param>
    /// <param name="stop">Ends it.</param>
    public async Task<RestAnswer> SendOnceAsync(RestRequest request, string? key, CancellationToken stop)
    {
        using var late = new CancellationTokenSource(timeout, time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(late.Token, stop);
        try
        {
            using var message = ToMessage(request, key);
            using var response = await _http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, end.Token);
            return response.IsSuccessStatusCode || IsKnown(response) ? new RestAnswer.Accepted() : await JudgeAsync(request, response, end.Token);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return new RestAnswer.Unavailable("timeout", $"it didn't answer within {timeout}");
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException)
        {
            var kind = (fault as HttpRequestException)?.HttpRequestError.ToString() ?? nameof(IOException);
            return new RestAnswer.Unavailable(kind, fault.Message);
        }
    }

    private HttpRequestMessage ToMessage(RestRequest request, string? key)
    {
        // as it is: nothing in a name may count as a part of the path
        var address = new Uri($"{service}{request.Path}?{request.Query}", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        var message = new HttpRequestMessage(request.Method, address);
        message.Headers.Authorization = new AuthenticationHeaderValue("Bearer", AccessTokens.ForRequest(service, request.Path, time.GetUtcNow()));
        if (key is not null)
        {
            message.Headers.TryAddWithoutValidation("Idempotency-Key", key);
        }

        if (request.ContentType is { } type)
        {
            message.Content = new ReadOnlyMemoryContent(request.Body);
            message.Content.Headers.ContentType = new(type);
        }

        return message;
    }

    /// <summary>What was to be changed isn't there any more, or was so already. Contract, section 3.1.</summary>
    private static bool IsKnown(HttpResponseMessage response) =>
        response.StatusCode == HttpStatusCode.NotFound
        && CodeOf(response) is { } code
        && (code.StartsWith("Warning.", StringComparison.OrdinalIgnoreCase)
            || code.StartsWith("Info.", StringComparison.OrdinalIgnoreCase)
            || code.Equals("Error.Connection.NotExisted", StringComparison.OrdinalIgnoreCase));

    private static string? CodeOf(HttpResponseMessage response) =>
        response.Headers.TryGetValues("x-ms-error-code", out var codes) ? codes.FirstOrDefault() : null;

    private static async Task<RestAnswer> JudgeAsync(RestRequest request, HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var status = response.StatusCode;
        var reason = $"{(int)status} {CodeOf(response)} {await ReadReasonAsync(response, cancellationToken)}".TrimEnd();
        return status switch
        {
            HttpStatusCode.NotFound or HttpStatusCode.MethodNotAllowed when request.IsBasic && CodeOf(response) is null =>
                new RestAnswer.Unavailable($"{status}", $"{reason} (this isn't the REST API of Azure SignalR: see to the address in Serverless:AzureSignalR:ConnectionString)"),
            HttpStatusCode.NotFound or HttpStatusCode.MethodNotAllowed or HttpStatusCode.NotImplemented => new RestAnswer.Refused(IsUnknownCall: true, reason),
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden =>
                new RestAnswer.Unavailable($"{status}", $"{reason} (see to the access key in Serverless:AzureSignalR:ConnectionString, and to what the endpoint allows)"),
            HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests => new RestAnswer.Unavailable($"{status}", reason),
            >= HttpStatusCode.BadRequest and < HttpStatusCode.InternalServerError => new RestAnswer.Refused(IsUnknownCall: false, reason),
            _ => new RestAnswer.Unavailable($"{status}", reason),
        };
    }

    private static async Task<string> ReadReasonAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var bytes = new byte[MaxReasonBytes];
        await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
        var count = await body.ReadAtLeastAsync(bytes, MaxReasonBytes, throwOnEndOfStream: false, cancellationToken);
        return Encoding.UTF8.GetString(bytes, 0, count).ReplaceLineEndings(" ");
    }
}
