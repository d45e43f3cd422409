using Serverless.Hosting;

namespace Serverless.SelfHost.Hosting;

/// <summary>Adds what all features stand on: limits, the opening of the log, faults and headers.</summary>
internal static class HostingServices
{
    private const string HostCategory = "Microsoft.Extensions.Hosting.Internal.Host";

    public static IServiceCollection AddNodeHosting(this IServiceCollection services)
    {
        services.AddOptionsWithValidateOnStart<HttpOptions, HttpOptionsValidator>().BindConfiguration($"{CoreServices.Section}:Http");
        services.AddOptionsWithValidateOnStart<NodeOptions, NodeOptionsValidator>().BindConfiguration($"{CoreServices.Section}:Node");
        services.ConfigureOptions<KestrelLimits>();

        // a fault at start is told once, by NodeRunner, in the user's words; the host would add its stack trace
        var started = new StartedFlag();
        services.AddSingleton(started);
        services.AddLogging(logging => logging.AddFilter(HostCategory, level => level == LogLevel.Warning || (level > LogLevel.Warning && started.IsSet)));
        return services;
    }

    /// <summary>Answers faults of requests without telling their innards.</summary>
    public static void UseFaults(this WebApplication app) => app.UseMiddleware<FaultMiddleware>();

    /// <summary>Sets headers that keep browsers from guessing, framing and leaking; an endpoint may set its own.</summary>
    public static void UseSecurityHeaders(this WebApplication app) =>
        app.Use((context, next) =>
        {
            context.Response.Headers.XContentTypeOptions = "nosniff";
            context.Response.Headers.ContentSecurityPolicy = "default-src 'none'; frame-ancestors 'none'";
            context.Response.Headers["Referrer-Policy"] = "no-referrer";
            return next(context);
        });
}
