using Serverless.Hosting;
using Serverless.SelfHost.Drain;
using Serverless.SelfHost.Health;
using Serverless.SelfHost.Metrics;

namespace Serverless.SelfHost.Admin;

/// <summary>Adds the admin port: nothing that it serves is served to clients, and only health is served at both.</summary>
internal static class AdminServices
{
    private static readonly string[] DrainVerbs = ["POST"];

    /// <summary>Kubernetes' preStop can only GET.</summary>
    private static readonly string[] PreStopVerbs = ["GET", "POST"];

    public static IServiceCollection AddAdmin(this IServiceCollection services)
    {
        services.AddOptionsWithValidateOnStart<AdminOptions, AdminOptionsValidator>().BindConfiguration($"{CoreServices.Section}:Admin");
        services.AddSingleton<AdminPorts>();
        return services;
    }

    /// <summary>Before anything that serves clients: what comes in at an admin port gets no further.</summary>
    public static void UseAdmin(this WebApplication app)
    {
        var ports = app.Services.GetRequiredService<AdminPorts>();
        if (ports.AreNone)
        {
            return;
        }

        app.MapWhen(
            context => ports.Contains(context.Connection.LocalPort),
            admin =>
            {
                admin.UseRouting();
                admin.UseEndpoints(endpoints =>
                {
                    endpoints.MapHealth();
                    endpoints.MapMetrics();
                    endpoints.MapMethods("/api/admin/drain", DrainVerbs, DrainAsync);
                    endpoints.MapMethods("/drain", PreStopVerbs, DrainAsync);
                });
            });
    }

    /// <summary>Answers when nobody is left, or when the time is over. Who hangs up stops nothing. A browser may not ask: any page that it shows could.</summary>
    private static async Task<IResult> DrainAsync(HttpRequest request, NodeDrain drain) =>
        request.Headers.ContainsKey("Origin") || request.Headers.ContainsKey("Sec-Fetch-Site")
            ? Results.Text("A drain can't be asked for by a browser.", statusCode: StatusCodes.Status403Forbidden)
            : Results.Json(await drain.DrainAsync(), AdminJson.Default.DrainResult);
}
