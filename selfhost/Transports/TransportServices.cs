using Microsoft.AspNetCore.Server.Kestrel.Core;
using Serverless.Hosting;
using Serverless.SelfHost.Admin;
using Serverless.SelfHost.Clients;
using Serverless.SelfHost.Peers;
using Serverless.SelfHost.Transports.WebSockets;

namespace Serverless.SelfHost.Transports;

/// <summary>Adds the client endpoint to a node.</summary>
internal static class TransportServices
{
    private const string Cors = "client";

    public static IServiceCollection AddClientEndpoint(this IServiceCollection services)
    {
        services.AddServerlessConnections();
        services.AddServerlessServices();
        services.AddOptions<HandlerOptions>().BindConfiguration($"{CoreServices.Section}:Handlers");
        services.AddOptionsWithValidateOnStart<PeerOptions, PeerOptionsValidator>().BindConfiguration($"{CoreServices.Section}:Peers");
        services.AddHttpForwarder();
        services.AddSingleton<PeerForwarder>();
        services.AddSingleton<NodeAddress>();
        services.AddSingleton<ConnectionToken>();
        services.AddSingleton<HttpClients>();
        services.AddSingleton<ClientShutdown>();
        services.AddHostedService(provider => provider.GetRequiredService<ClientShutdown>());
        services.AddSingleton<InvocationDispatcher>();
        services.AddSingleton<HubClient>();
        services.AddSingleton<ClientPlaces>();
        services.AddSingleton<ClientAdmission>();
        services.AddSingleton<ClientEndpoint>();
        services.AddSingleton<WebSocketListener>();
        services.Configure<KestrelServerOptions>(kestrel => kestrel.ConfigureEndpointDefaults(listener =>
        {
            if (!listener.ApplicationServices.GetRequiredService<AdminPorts>().Contains(listener.IPEndPoint?.Port))
            {
                listener.Use(next => listener.ApplicationServices.GetRequiredService<WebSocketListener>().Before(next));
            }
        }));
        // any origin, as the service allows it: what protects a hub is its token
        services.AddCors(cors => cors.AddPolicy(Cors, policy => policy.SetIsOriginAllowed(_ => true).AllowAnyHeader().AllowAnyMethod().AllowCredentials()));
        return services;
    }

    public static void MapClientEndpoint(this WebApplication app)
    {
        app.UseWebSockets();
        var endpoint = app.Services.GetRequiredService<ClientEndpoint>();
        app.MapPost("/client/negotiate", endpoint.NegotiateAsync).RequireCors(Cors);
        // CONNECT: a WebSocket over HTTP/2
        app.MapMethods("/client", ["GET", "POST", "DELETE", "CONNECT"], endpoint.ConnectAsync).RequireCors(Cors);
    }
}
