using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Diagnostics;
using Serverless.Functions.Hosting;

namespace Serverless.Functions.Health;

/// <summary><c>GET /api/health</c>, for probes and deployments.</summary>
public sealed class HealthFunction(LogProbe log)
{
    /// <summary>200 when the log answers, else 503 with what is wrong.</summary>
    [Function("health")]
    public async Task<IResult> RunAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "health")] HttpRequest request, CancellationToken cancellationToken) =>
        await log.FaultAsync(cancellationToken) is { } fault
            ? Problem.Of(StatusCodes.Status503ServiceUnavailable, fault)
            : Results.Ok(new { status = "ready" });
}
