using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Sharding;

namespace Serverless.Hosting;

/// <summary>Adds what places connections: on the streams of a hub, and on the shards of a fleet.</summary>
internal static class ShardingServices
{
    /// <summary>Adds the streams of hubs.</summary>
    public static void AddHubStreams(this IServiceCollection services)
    {
        services.AddOptionsWithValidateOnStart<ShardingOptions, ShardingOptionsValidator>().BindConfiguration($"{CoreServices.Section}:Sharding");
        services.AddSingleton<HubStreams>();
        services.AddSingleton<CopyProgress>();
        services.AddSingleton<HubSender>();
    }

    /// <summary>Adds the fleet; once, however often it is asked for.</summary>
    public static void AddFleet(this IServiceCollection services)
    {
        if (services.Any(service => service.ServiceType == typeof(Fleet)))
        {
            return;
        }

        services.AddOptionsWithValidateOnStart<FleetOptions, FleetOptionsValidator>()
            .BindConfiguration($"{CoreServices.Section}:Fleet")
            .PostConfigure<IConfiguration>((settings, configuration) => FleetKeys.Add(settings, configuration[$"{CoreServices.Section}:Fleet:{nameof(FleetOptions.Keys)}"]));
        services.AddSingleton<Fleet>();
        services.AddHostedService(provider => provider.GetRequiredService<Fleet>());
        services.AddSingleton<Placement>();
    }
}
