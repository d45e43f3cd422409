using Serverless.Hosting;

namespace Serverless.SelfHost.Drain;

/// <summary>Adds the end of a node: drain and stop.</summary>
internal static class DrainServices
{
    /// <summary>To be called before services are added that do something of their own when the node begins to stop: the host tells the last added first, and here it
    /// waits for clients.</summary>
    public static IServiceCollection AddDrain(this IServiceCollection services)
    {
        services.AddOptionsWithValidateOnStart<DrainOptions, DrainOptionsValidator>().BindConfiguration($"{CoreServices.Section}:Drain");
        services.AddSingleton<NodeDrain>();
        services.AddHostedService(provider => provider.GetRequiredService<NodeDrain>());
        return services;
    }
}
