using System.Net;
using Microsoft.Extensions.Options;
using Polly;
using Polly.Retry;

namespace Serverless.SelfHost.Aws;

/// <summary>Tells the Auto Scaling group how far the instance is: five attempts for each call, within half a minute.</summary>
internal sealed class LifecycleApi : IDisposable
{
    private const string Version = "2011-01-01";

    private readonly InstanceMetadata _metadata;
    private readonly IOptions<AwsOptions> _options;
    private readonly TimeProvider _time;
    private readonly ResiliencePipeline _attempts;

    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false })
    {
        Timeout = TimeSpan.FromSeconds(5),
        MaxResponseContentBufferSize = 64 * 1024,
    };

    public LifecycleApi(InstanceMetadata metadata, IOptions<AwsOptions> options, TimeProvider time)
    {
        (_metadata, _options, _time) = (metadata, options, time);
        _attempts = new ResiliencePipelineBuilder { TimeProvider = time }
            .AddRetry(new RetryStrategyOptions
            {
                MaxRetryAttempts = 4,
                Delay = TimeSpan.FromSeconds(1),
                BackoffType = DelayBackoffType.Exponential,
                ShouldHandle = new PredicateBuilder().Handle<HttpRequestException>(IsTransient).Handle<OperationCanceledException>(),
            })
            .Build();
    }

    /// <summary>Gives the instance another heartbeat timeout.</summary>
    /// <exception cref="HttpRequestException">It couldn't be told.</exception>
    /// <exception cref="OperationCanceledException">There was no answer, or <paramref name="cancellationToken"/> was cancelled.</exception>
    public Task HeartbeatAsync(CancellationToken cancellationToken) => CallAsync("RecordLifecycleActionHeartbeat", [], cancellationToken);

    /// <summary>Lets the group end the instance.</summary>
    /// <inheritdoc cref="HeartbeatAsync" path="/exception"/>
    public Task CompleteAsync(CancellationToken cancellationToken) => CallAsync("CompleteLifecycleAction", [new("LifecycleActionResult", "CONTINUE")], cancellationToken);

    public void Dispose() => _http.Dispose();

    private async Task CallAsync(string action, KeyValuePair<string, string>[] more, CancellationToken cancellationToken) =>
        await _attempts.ExecuteAsync(async stop => await CallOnceAsync(action, more, stop), cancellationToken);

    private async Task CallOnceAsync(string action, KeyValuePair<string, string>[] more, CancellationToken cancellationToken)
    {
        var region = await _metadata.GetAsync("placement/region", cancellationToken);
        var endpoint = _options.Value.AutoScaling ?? new($"https://autoscaling.{region}.{await _metadata.GetAsync("services/domain", cancellationToken)}");
        using var content = new FormUrlEncodedContent(
        [
            new("Action", action),
            new("Version", Version),
            new("AutoScalingGroupName", _options.Value.Group!),
            new("LifecycleHookName", _options.Value.Hook!),
            new("InstanceId", await _metadata.GetAsync("instance-id", cancellationToken)),
            .. more,
        ]);
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(endpoint, "/")) { Content = content };
        var (body, credentials) = (await content.ReadAsByteArrayAsync(cancellationToken), await _metadata.CredentialsAsync(cancellationToken));
        SignatureV4.Sign(request, body, credentials, new(region, "autoscaling"), _time.GetUtcNow());
        using var answer = await _http.SendAsync(request, cancellationToken);
        if (!answer.IsSuccessStatusCode)
        {
            var reason = await answer.Content.ReadAsStringAsync(cancellationToken);
            throw new HttpRequestException($"{action} was answered with {(int)answer.StatusCode}: {reason[..Math.Min(reason.Length, 500)]}", null, answer.StatusCode);
        }
    }

    /// <summary>The caller's own mistake doesn't mend by repeating; being too fast does.</summary>
    private static bool IsTransient(HttpRequestException fault) =>
        fault.StatusCode is not { } status || (int)status >= 500 || status is HttpStatusCode.TooManyRequests or HttpStatusCode.Forbidden
        || fault.Message.Contains("Throttling", StringComparison.Ordinal);
}
