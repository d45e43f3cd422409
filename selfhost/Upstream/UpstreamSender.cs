using Polly.CircuitBreaker;
using Polly.RateLimiting;
using Polly.Timeout;

namespace Serverless.SelfHost.Upstream;

/// <summary>Posts events, as often as it takes and may be. Thread-safe.</summary>
internal sealed class UpstreamSender(UpstreamPipelines pipelines, UpstreamClient client)
{
    /// <summary>Posts an event, and gives an answer in any case.</summary>
    /// <param name="call">The event.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    public async ValueTask<UpstreamAnswer> SendAsync(UpstreamCall call, CancellationToken cancellationToken)
    {
        try
        {
            return await pipelines.For(call).ExecuteAsync(static (state, stop) => state.client.PostAsync(state.call, stop), (client, call), cancellationToken);
        }
        catch (BrokenCircuitException)
        {
            return new(StatusCodes.Status503ServiceUnavailable) { Reason = "Many calls to it failed just now, so it isn't called for a few seconds." };
        }
        catch (RateLimiterRejectedException)
        {
            return new(StatusCodes.Status503ServiceUnavailable)
            {
                Reason = "As many events wait as Serverless:Upstream:MaxConcurrent and MaxWaiting allow.",
            };
        }
        catch (TimeoutRejectedException late)
        {
            return Unanswered($"It took more than {late.Timeout} (Serverless:Upstream:Timeout).");
        }
        catch (HttpRequestException fault)
        {
            return Unanswered(fault.Message);
        }
        catch (Exception ended) when (ended is OperationCanceledException or ObjectDisposedException)
        {
            return Unanswered("The node is stopping.");
        }
    }

    /// <summary>A failure of the network counts as this status. Contract, section 4.6.</summary>
    private static UpstreamAnswer Unanswered(string reason) => new(StatusCodes.Status500InternalServerError) { Reason = reason };
}
