using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Serverless.FanOut.AzureSignalR;

namespace Serverless.Hosting;

/// <summary>Adds Azure SignalR as the fan-out to a host.</summary>
public static class AzureSignalRServices
{
    /// <summary>Adds the delivery of hubs by Azure SignalR, or another endpoint with its REST API; it does nothing until it is configured. It needs
    /// <see cref="CoreServices.AddServerlessCore"/>.</summary>
    public static IServiceCollection AddServerlessAzureSignalR(this IServiceCollection services)
    {
        services.AddOptionsWithValidateOnStart<AzureSignalROptions, AzureSignalROptionsValidator>().BindConfiguration($"{CoreServices.Section}:AzureSignalR");
        services.AddSingleton<IValidateOptions<AzureSignalROptions>, AzureSignalRServiceValidator>();
        services.AddSingleton<AzureSignalRFanOut>();
        services.AddHostedService(provider => provider.GetRequiredService<AzureSignalRFanOut>());
        return services;
    }
}
