using Serverless.Hosting;

namespace Serverless.SelfHost.Negotiate;

/// <summary>Adds the node's own negotiate.</summary>
internal static class NegotiateServices
{
    public static IServiceCollection AddNegotiate(this IServiceCollection services)
    {
        services.AddServerlessAuth();
        return services.AddSingleton<NegotiateEndpoint>();
    }

    public static void MapNegotiate(this WebApplication app)
    {
        var endpoint = app.Services.GetRequiredService<NegotiateEndpoint>();
        app.MapPost("/api/negotiate", (Delegate)endpoint.NegotiateAsync);
    }
}
