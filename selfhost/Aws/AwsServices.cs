using Microsoft.Extensions.Options;
using Serverless.Hosting;

namespace Serverless.SelfHost.Aws;

/// <summary>Adds what a node on an instance of an Auto Scaling group does beside serving.</summary>
internal static class AwsServices
{
    public static IServiceCollection AddAws(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptionsWithValidateOnStart<AwsOptions, AwsOptionsValidator>().BindConfiguration($"{CoreServices.Section}:Aws");
        services.AddSingleton<IValidateOptions<AwsOptions>, AwsOptionsRules>();
        // a value that is none is told with all other faults
        if (bool.TryParse(configuration[$"{CoreServices.Section}:Aws:{nameof(AwsOptions.Enabled)}"], out var enabled) && enabled)
        {
            services.AddSingleton<InstanceMetadata>();
            services.AddSingleton<LifecycleApi>();
            services.AddHostedService<MetricPublisher>();
            services.AddHostedService<LifecycleWatch>();
        }

        return services;
    }
}
