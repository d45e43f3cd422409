using Microsoft.Extensions.Options;
using Serverless.Hosting;

namespace Serverless.SelfHost.Upstream;

/// <summary>Adds the upstream to a node.</summary>
internal static class UpstreamServices
{
    public static IServiceCollection AddUpstream(this IServiceCollection services)
    {
        services.AddOptionsWithValidateOnStart<UpstreamOptions, UpstreamOptionsValidator>().BindConfiguration($"{CoreServices.Section}:Upstream");
        services.AddSingleton<IValidateOptions<UpstreamOptions>, UpstreamTemplatesValidator>();
        services.AddSingleton<UpstreamTemplates>();
        services.AddSingleton<ClientOrigins>();
        services.AddSingleton<UpstreamSignature>();
        services.AddSingleton<UpstreamClient>();
        services.AddSingleton<UpstreamPipelines>();
        services.AddSingleton<UpstreamSender>();
        return services.AddSingleton<UpstreamDispatcher>();
    }
}
