using System.Collections.Concurrent;
using System.Threading.RateLimiting;
using Microsoft.Extensions.Options;
using Polly;
using Polly.CircuitBreaker;
using Polly.Retry;
using Polly.Timeout;

namespace Serverless.SelfHost.Upstream;

/// <summary>
/// What stands between an event and its receiver: one time for all that is tried, room in the node, further attempts, a turn, and a breaker for each host of each template.
/// Thread-safe.
/// </summary>
internal sealed partial class UpstreamPipelines : IDisposable
{
    /// <summary>Hosts that have a breaker of their own; more, which only a <c>{hub}</c> in the host can make, share their template's.</summary>
    private const int MaxHosts = 1024;

    /// <summary>Of an invocation, and of what the receiver answers with a fault of its own.</summary>
    private const int Retries = 3;

    /// <summary>Of <c>connected</c>, behind which the client's calls wait: about 10 s, in which an application starts anew.</summary>
    private const int RetriesOfConnected = 7;
    private const int LeastCallsToJudge = 10;

    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Judged = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Break = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<(UpstreamTemplate Template, string Host), HostPipelines> _hosts = [];
    private readonly UpstreamOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<UpstreamPipelines> _logger;
    private readonly ConcurrencyLimiter _room;
    private readonly ConcurrencyLimiter _turns;

    public UpstreamPipelines(IOptions<UpstreamOptions> options, TimeProvider time, ILogger<UpstreamPipelines> logger)
    {
        (_options, _time, _logger) = (options.Value, time, logger);
        var all = _options.MaxConcurrent + _options.MaxWaiting;
        _room = new(new() { PermitLimit = all, QueueLimit = 0 });
        _turns = new(new() { PermitLimit = _options.MaxConcurrent, QueueLimit = all, QueueProcessingOrder = QueueProcessingOrder.OldestFirst });
    }

    /// <summary>The pipeline of a call.</summary>
    public ResiliencePipeline<UpstreamAnswer> For(UpstreamCall call)
    {
        var key = (call.Template, call.Address.Authority);
        if (!_hosts.TryGetValue(key, out var host))
        {
            key = _hosts.Count < MaxHosts ? key : (call.Template, "");
            host = _hosts.GetOrAdd(key, Create);
        }

        return call.Event.Category != UpstreamEvent.Connections ? host.Invocation
            : call.Event.Name == UpstreamEvent.Connected.Name ? host.Connected
            : host.Disconnected;
    }

    public void Dispose()
    {
        _room.Dispose();
        _turns.Dispose();
    }

    private HostPipelines Create((UpstreamTemplate Template, string Host) key)
    {
        var breaker = Builder().AddCircuitBreaker(Breaker(key.Host)).Build();
        // nobody waits for a client's end, and others see it as there until it is told: as long as there is time
        return new(
            Build(breaker, Retry(IsWorthAnotherTime, RetriesOfConnected)),
            Build(breaker, Retry(IsWorthAnotherTime, int.MaxValue)),
            Build(breaker, Retry((outcome, _) => NeverBegan(outcome), Retries)));
    }

    private ResiliencePipeline<UpstreamAnswer> Build(ResiliencePipeline<UpstreamAnswer> breaker, RetryStrategyOptions<UpstreamAnswer> retry) =>
        Builder()
            .AddTimeout(new TimeoutStrategyOptions { Timeout = _options.Timeout })
            .AddRateLimiter(_room)
            .AddRetry(retry)
            .AddRateLimiter(_turns)
            .AddPipeline(breaker)
            .Build();

    private ResiliencePipelineBuilder<UpstreamAnswer> Builder() => new() { TimeProvider = _time };

    /// <summary>A 500 is the answer of a receiver that lives: a client whose calls it can't do mustn't cut others off.</summary>
    private CircuitBreakerStrategyOptions<UpstreamAnswer> Breaker(string host) => new()
    {
        FailureRatio = 0.5,
        MinimumThroughput = LeastCallsToJudge,
        SamplingDuration = Judged,
        BreakDuration = Break,
        ShouldHandle = arguments => new(arguments.Outcome is { Exception: HttpRequestException or OperationCanceledException } || IsAway(arguments.Outcome)),
        OnOpened = opened =>
        {
            Log.Opened(_logger, host, opened.BreakDuration);
            return default;
        },
        OnClosed = _ =>
        {
            Log.Closed(_logger, host);
            return default;
        },
    };

    private static RetryStrategyOptions<UpstreamAnswer> Retry(Func<Outcome<UpstreamAnswer>, int, bool> handles, int retries) => new()
    {
        MaxRetryAttempts = retries,
        Delay = FirstDelay,
        MaxDelay = Break,
        BackoffType = DelayBackoffType.Exponential,
        UseJitter = true,
        ShouldHandle = arguments => new(handles(arguments.Outcome, arguments.AttemptNumber)),
        DelayGenerator = arguments => new(arguments.Outcome.Exception is BrokenCircuitException { RetryAfter: { } rest } ? rest + FirstDelay : null),
    };

    /// <summary>Beginning and end of a connection may be told twice: again while nobody is there, and a few times when the receiver fails.</summary>
    private static bool IsWorthAnotherTime(Outcome<UpstreamAnswer> outcome, int attempt) =>
        outcome is { Exception: HttpRequestException or BrokenCircuitException }
        || IsAway(outcome)
        || (attempt < Retries && outcome is { Result.Status: >= StatusCodes.Status500InternalServerError });

    /// <summary>What stands before the receiver says that it isn't there.</summary>
    private static bool IsAway(Outcome<UpstreamAnswer> outcome) =>
        outcome is { Result.Status: StatusCodes.Status502BadGateway or StatusCodes.Status503ServiceUnavailable or StatusCodes.Status504GatewayTimeout };

    /// <summary>An invocation may not be done twice: it is sent again only if nothing of it can have arrived.</summary>
    private static bool NeverBegan(Outcome<UpstreamAnswer> outcome) =>
        outcome.Exception is HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError };

    /// <summary>The kinds of calls of a host; they share its breaker.</summary>
    private sealed record HostPipelines(
        ResiliencePipeline<UpstreamAnswer> Connected, ResiliencePipeline<UpstreamAnswer> Disconnected, ResiliencePipeline<UpstreamAnswer> Invocation);
}
