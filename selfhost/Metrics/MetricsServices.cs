using OpenTelemetry.Metrics;
using Serverless.Connections;

namespace Serverless.SelfHost.Metrics;

/// <summary>Serves the node's metrics as Prometheus reads them.</summary>
internal static class MetricsServices
{
    public static IServiceCollection AddNodeMetrics(this IServiceCollection services)
    {
        services.AddOpenTelemetry().WithMetrics(metrics => metrics
            .AddMeter(ConnectionMetrics.MeterName)
            .AddPrometheusExporter(options => options.ScopeInfoEnabled = false));
        return services;
    }

    /// <summary><c>GET /metrics</c></summary>
    public static void MapMetrics(this IEndpointRouteBuilder endpoints)
    {
        // it measures from when it is made
        _ = endpoints.ServiceProvider.GetRequiredService<ConnectionMetrics>();
        endpoints.MapPrometheusScrapingEndpoint("/metrics");
    }
}
