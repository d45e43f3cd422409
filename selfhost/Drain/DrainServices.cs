using Microsoft.Extensions.Options;
using Serverless.Hosting;

namespace Serverless.SelfHost.Drain;

/// <summary>Adds the end of a node: drain and stop.</summary>
internal static class DrainServices
{
    /// <summary>To be called after what is told of the stop when the clients have gone, as <see cref="Clients.ClientShutdown"/>: the host tells the last added first, and here it waits
    /// for clients.</summary>
    public static IServiceCollection AddDrain(this IServiceCollection services)
    {
        services.AddOptionsWithValidateOnStart<DrainOptions, DrainOptionsValidator>().BindConfiguration($"{CoreServices.Section}:Drain");
        // the host's own limit is for all that stops: what the drain may take, and 30 s for the rest
        services.AddOptions<HostOptions>().Configure<IOptions<DrainOptions>>((host, drain) => host.ShutdownTimeout = drain.Value.Notice + drain.Value.StopTimeout + TimeSpan.FromSeconds(30));
        services.AddSingleton<NodeDrain>();
        services.AddHostedService(provider => provider.GetRequiredService<NodeDrain>());
        return services;
    }
}
