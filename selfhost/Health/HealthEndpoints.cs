using Serverless.Diagnostics;
using Serverless.SelfHost.Drain;
using Serverless.SelfHost.Rest;

namespace Serverless.SelfHost.Health;

/// <summary>
/// Whether the process is up (<c>/health/live</c>) and whether it can serve (<c>/health/ready</c>); and the health of Azure SignalR's REST API, for which
/// SDKs ask without a token. Contract, section 3.4. A node that drains or stops is up, and not ready.
/// </summary>
internal static class HealthEndpoints
{
    private static readonly string[] Verbs = ["GET", "HEAD"];

    private static readonly string[] ReadyPaths = ["/health/ready", "/api/health", "/api/v1/health"];

    public static void MapHealth(this IEndpointRouteBuilder app)
    {
        var log = app.ServiceProvider.GetRequiredService<LogProbe>();
        var drain = app.ServiceProvider.GetRequiredService<NodeDrain>();
        app.MapMethods("/health/live", Verbs, () => Results.Text("The process is up.\n"));
        foreach (var path in ReadyPaths)
        {
            app.MapMethods(path, Verbs, async Task<IResult> (CancellationToken aborted) =>
                (drain.Unready ?? await log.FaultAsync(aborted)) is { } fault
                    ? ErrorResult.Of(StatusCodes.Status503ServiceUnavailable, fault)
                    : Results.Ok());
        }
    }
}
