using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;
using Serverless.Diagnostics;
using Serverless.Functions.Hosting;

namespace Serverless.Functions.Health;

/// <summary><c>GET /api/health</c>, for probes and deployments.</summary>
public sealed class HealthFunction(LogProbe log, ILogger<HealthFunction> logger)
{
    /// <summary>200 when the log answers, else 503; what is wrong stands in the app's log, since anybody may ask.</summary>
    [Function("health")]
    public async Task<IResult> RunAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "health")] HttpRequest request, CancellationToken cancellationToken) =>
        await log.FaultAsync(cancellationToken) is { } fault
            ? Problem.NotReady(fault, logger)
            : Results.Ok(new { status = "ready" });
}
