namespace Serverless.SelfHost.Rest;

/// <summary>Adds the REST data plane: one file per subject of the contract, sections 3.4 to 3.9.</summary>
internal static class RestServices
{
    public static IServiceCollection AddRest(this IServiceCollection services)
    {
        services.AddSingleton<RestGate>();
        services.AddSingleton<Groups>();
        services.AddSingleton<Invocations>();
        services.AddSingleton<Tokens>();
        return services;
    }

    public static void MapRest(this WebApplication app)
    {
        var services = app.Services;
        var routes = new RestRoutes(app, services.GetRequiredService<RestGate>());
        Messages.Map(routes);
        services.GetRequiredService<Groups>().Map(routes);
        GroupPages.Map(routes);
        Connections.Map(routes);
        Execute.Map(routes);
        services.GetRequiredService<Invocations>().Map(routes);
        Streams.Map(routes);
        services.GetRequiredService<Tokens>().Map(routes);
    }

    /// <summary>Gives what routing answers with a bare status below <c>/api</c> the code and body that SDKs read.</summary>
    public static void UseRestErrors(this WebApplication app) =>
        app.UseWhen(
            context => context.Request.Path.StartsWithSegments("/api", StringComparison.OrdinalIgnoreCase),
            api => api.UseStatusCodePages(pages =>
            {
                var status = pages.HttpContext.Response.StatusCode;
                return ErrorResult.Of(status, Sentence(pages.HttpContext, status)).ExecuteAsync(pages.HttpContext);
            }));

    private static string Sentence(HttpContext context, int status) => status switch
    {
        StatusCodes.Status404NotFound => "Nothing is served at this address.",
        StatusCodes.Status405MethodNotAllowed => $"{context.Request.Method} isn't served at this address.",
        _ => $"The request was answered with {status}.",
    };
}
