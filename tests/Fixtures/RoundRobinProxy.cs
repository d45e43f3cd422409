using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.LoadBalancing;
using Yarp.ReverseProxy.Transforms;

namespace Serverless.Tests.Fixtures;

/// <summary>A balancer without any stickiness: each request goes to the next node, so that no two of one client meet the same.</summary>
public sealed class RoundRobinProxy : IAsyncDisposable
{
    private readonly WebApplication _app;

    private RoundRobinProxy(WebApplication app) => _app = app;

    public string Url => _app.Urls.First();

    public static Task<RoundRobinProxy> StartAsync(params string[] nodes) => StartAsync(null, nodes);

    /// <summary>Gives requests only to nodes that are ready: it asks them five times a second. One that is away, or drains, says so at once; one that is slow isn't away.</summary>
    public static Task<RoundRobinProxy> StartForReadyAsync(params string[] nodes) => StartAsync(
        new() { Active = new() { Enabled = true, Interval = TimeSpan.FromSeconds(0.2), Timeout = TimeSpan.FromSeconds(30), Policy = "ConsecutiveFailures", Path = "/health/ready" } },
        nodes);

    private static async Task<RoundRobinProxy> StartAsync(HealthCheckConfig? health, string[] nodes)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var route = new RouteConfig { RouteId = "all", ClusterId = "nodes", Match = new() { Path = "/{**any}" } };
        builder.Services.AddReverseProxy().LoadFromMemory(
            [route.WithTransformUseOriginalHostHeader()],
            [
                new()
                {
                    ClusterId = "nodes",
                    LoadBalancingPolicy = LoadBalancingPolicies.RoundRobin,
                    Destinations = nodes.ToDictionary(node => node, node => new DestinationConfig { Address = node }),
                    HealthCheck = health,
                    Metadata = new Dictionary<string, string> { ["ConsecutiveFailuresHealthPolicy.Threshold"] = "1" },
                },
            ]);
        var app = builder.Build();
        app.MapReverseProxy();
        await app.StartAsync();
        return new(app);
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();
}
