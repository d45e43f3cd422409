using Azure.Monitor.OpenTelemetry.Exporter;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Azure.Functions.Worker.OpenTelemetry;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Functions.Hubs;
using Serverless.Functions.Negotiate;

namespace Serverless.Functions.Hosting;

/// <summary>Adds what the triggers are made of beside the services of core.</summary>
internal static class FunctionServices
{
    private const string ApplicationInsights = "APPLICATIONINSIGHTS_CONNECTION_STRING";

    public static IServiceCollection AddFunctionServices(this IServiceCollection services)
    {
        services.AddSingleton<SignalREndpoint>();
        services.AddSingleton<ServedHubs>();
        services.AddSingleton<InFlight>();
        // stopped first of all, since it is added last: invocations end before what they stand on
        services.AddHostedService(provider => provider.GetRequiredService<InFlight>());
        return services;
    }

    /// <summary>Sends traces, metrics and logs to Azure Monitor when its connection string is set.</summary>
    public static void AddTelemetry(this FunctionsApplicationBuilder builder)
    {
        if (!string.IsNullOrEmpty(builder.Configuration[ApplicationInsights]))
        {
            builder.Services.AddOpenTelemetry().UseFunctionsWorkerDefaults().UseAzureMonitorExporter();
        }
    }
}
