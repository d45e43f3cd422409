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

    private const int Retries = 3;
    private const int LeastCallsToJudge = 10;

    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Judged = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Break = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<(UpstreamTemplate Template, string Host), Pair> _pairs = [];
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
        if (!_pairs.TryGetValue(key, out var pair))
        {
            key = _pairs.Count < MaxHosts ? key : (call.Template, "");
            pair = _pairs.GetOrAdd(key, Create);
        }

        return call.Event.Category == UpstreamEvent.Connections ? pair.Lifetime : pair.Invocation;
    }

    public void Dispose()
    {
        _room.Dispose();
        _turns.Dispose();
    }

    private Pair Create((UpstreamTemplate Template, string Host) key)
    {
        var breaker = Builder().AddCircuitBreaker(Breaker(key.Host)).Build();
        return new(Build(breaker, Retry(IsWorthAnotherTime)), Build(breaker, Retry(NeverBegan)));
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
        ShouldHandle = arguments => new(arguments.Outcome is { Exception: HttpRequestException or OperationCanceledException }
            or { Result.Status: StatusCodes.Status502BadGateway or StatusCodes.Status503ServiceUnavailable or StatusCodes.Status504GatewayTimeout }),
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

    private static RetryStrategyOptions<UpstreamAnswer> Retry(Func<Outcome<UpstreamAnswer>, bool> handles) => new()
    {
        MaxRetryAttempts = Retries,
        Delay = FirstDelay,
        BackoffType = DelayBackoffType.Exponential,
        UseJitter = true,
        ShouldHandle = arguments => new(handles(arguments.Outcome)),
        DelayGenerator = arguments => new(arguments.Outcome.Exception is BrokenCircuitException { RetryAfter: { } rest } ? rest + FirstDelay : null),
    };

    /// <summary>Beginning and end of a connection may be told twice.</summary>
    private static bool IsWorthAnotherTime(Outcome<UpstreamAnswer> outcome) =>
        outcome is { Exception: HttpRequestException or BrokenCircuitException } or { Result.Status: >= StatusCodes.Status500InternalServerError };

    /// <summary>An invocation may not be done twice: it is sent again only if nothing of it can have arrived.</summary>
    private static bool NeverBegan(Outcome<UpstreamAnswer> outcome) =>
        outcome.Exception is HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError };

    /// <summary>The two kinds of calls of a host; they share its breaker.</summary>
    private sealed record Pair(ResiliencePipeline<UpstreamAnswer> Lifetime, ResiliencePipeline<UpstreamAnswer> Invocation);
}
