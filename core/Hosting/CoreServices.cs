using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Serverless.Batching;
using Serverless.Codec;
using Serverless.Connections;
using Serverless.Diagnostics;
using Serverless.FanOut.Lanes;
using Serverless.Log;
using Serverless.Log.Embedded;
using Serverless.Log.Memory;
using Serverless.Log.Redis;
using Serverless.Presence;
using Serverless.Services;
using Serverless.Services.Auth;
using Serverless.Services.Documents;
using Serverless.Services.Messaging;
using Serverless.Services.Notifications;
using Serverless.Services.Presence;
using Serverless.Sharding;

namespace Serverless.Hosting;

/// <summary>Adds the pipeline and its log to a host.</summary>
public static class CoreServices
{
    /// <summary>The section of configuration that all settings stand in.</summary>
    public const string Section = "Serverless";

    /// <summary>Adds <see cref="Pipeline"/>, <see cref="IEventLog"/> and the options that they are configured by; options are checked at start.
    /// The log is opened before any other service of the host starts.</summary>
    public static IServiceCollection AddServerlessCore(this IServiceCollection services)
    {
        services.AddOptionsWithValidateOnStart<BatchingOptions, BatchingOptionsValidator>().BindConfiguration($"{Section}:Batching");
        services.AddOptionsWithValidateOnStart<CodecOptions, CodecOptionsValidator>().BindConfiguration($"{Section}:Codec");
        services.AddOptionsWithValidateOnStart<LogOptions, LogOptionsValidator>().BindConfiguration($"{Section}:Log");
        services.AddOptionsWithValidateOnStart<VolatileOptions, VolatileOptionsValidator>().BindConfiguration($"{Section}:Volatile");
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<FrameCodec>();
        services.AddSingleton(CreateLog);
        services.AddSingleton<LogProbe>();
        services.AddHostedService<LogOpening>();
        services.AddSingleton<Pipeline>();
        services.AddSingleton<VolatileLane>();
        services.AddSingleton<Rosters>();
        services.AddHubStreams();
        services.AddSingleton<PresenceSweep>();
        return services;
    }

    /// <summary>Adds what a node needs beside the pipeline: its connections, and their heartbeat.</summary>
    public static IServiceCollection AddServerlessConnections(this IServiceCollection services)
    {
        services.AddOptionsWithValidateOnStart<ConnectionOptions, ConnectionOptionsValidator>().BindConfiguration($"{Section}:Connections");
        services.AddSingleton<NodeConnections>();
        services.AddSingleton<ConnectionMetrics>();
        services.AddSingleton<ClientResults>();
        services.AddHostedService<Heartbeat>();
        services.AddHostedService<StreamCopier>();
        services.AddFleet();
        services.AddHostedService<FleetMover>();
        return services;
    }

    /// <summary>Adds the services of hubs: what clients may call, in process or through triggers.</summary>
    public static IServiceCollection AddServerlessServices(this IServiceCollection services)
    {
        services.TryAddSingleton<IAccessPolicy, ClaimedAccess>();
        services.AddOptionsWithValidateOnStart<DocumentOptions, DocumentOptionsValidator>().BindConfiguration($"{Section}:Documents");
        services.AddOptionsWithValidateOnStart<PresenceOptions, PresenceOptionsValidator>().BindConfiguration($"{Section}:Presence");
        services.AddOptionsWithValidateOnStart<NotificationOptions, NotificationOptionsValidator>().BindConfiguration($"{Section}:Notifications");
        services.AddSingleton<NotificationStore>();
        services.AddSingleton<NotificationSender>();
        services.AddSingleton<IHubService, MessagingHandlers>();
        services.AddSingleton<IHubService, PresenceHandlers>();
        services.AddSingleton<IHubService, DocumentHandlers>();
        services.AddSingleton<IHubService, NotificationHandlers>();
        services.AddSingleton<HubServices>();
        services.AddSingleton<HubTrigger>();
        return services;
    }

    private static IEventLog CreateLog(IServiceProvider services) =>
        services.GetRequiredService<IOptions<LogOptions>>().Value.EffectiveKind switch
        {
            LogKind.Memory => ActivatorUtilities.CreateInstance<MemoryEventLog>(services),
            LogKind.Redis => ActivatorUtilities.CreateInstance<RedisEventLog>(services),
            _ => ActivatorUtilities.CreateInstance<EmbeddedEventLog>(services),
        };
}
