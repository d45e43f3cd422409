using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.Configuration;
using Serverless.FanOut.AzureSignalR;
using Serverless.Hosting;

namespace Serverless.Functions.Hosting;

/// <summary>Settings that follow from others, so that the sample settings are all that a first run needs.</summary>
internal static class FunctionSettings
{
    /// <summary>The setting in which Azure SignalR's extension looks for its connection string.</summary>
    public const string SignalR = "AzureSignalRConnectionString";

    private const string Root = CoreServices.Section;

    /// <summary>Adds them where nothing else sets them: without Redis, events are delivered by the REST API of the endpoint that <see cref="SignalR"/> names.</summary>
    /// <exception cref="InvalidOperationException">The connection string isn't one. Or in Azure there is no Redis: what an instance's own disk holds is lost with the instance.</exception>
    public static void AddFunctionSettings(this FunctionsApplicationBuilder builder)
    {
        var configuration = builder.Configuration;
        CheckConnectionString(configuration[SignalR]);
        if (string.IsNullOrEmpty(configuration[$"{Root}:Log:Redis"]))
        {
            if (!string.IsNullOrEmpty(configuration["WEBSITE_INSTANCE_ID"]))
            {
                throw new InvalidOperationException(
                    $"{Root}:Log:Redis isn't set. Instances in Azure share their streams through Redis: set it to the Redis that the nodes use, or to one of the app's own.");
            }

            Default(configuration, $"{Root}:AzureSignalR:ConnectionString", configuration[SignalR]);
        }

        // requests that come together go in one entry; a call of a trigger takes about as long anyway
        Default(configuration, $"{Root}:Batching:Linger", "00:00:00.010");
        if (!configuration.GetSection($"{Root}:AzureSignalR:Hubs").GetChildren().Any())
        {
            Default(configuration, $"{Root}:AzureSignalR:Hubs:0", Hubs.HubNames.Chat);
        }
    }

    private static void CheckConnectionString(string? text)
    {
        try
        {
            _ = string.IsNullOrEmpty(text) ? null : ServiceConnectionString.Parse(text);
        }
        catch (FormatException fault)
        {
            throw new InvalidOperationException($"{SignalR} {fault.Message}", fault);
        }
    }

    private static void Default(ConfigurationManager configuration, string name, string? value)
    {
        if (string.IsNullOrEmpty(configuration[name]))
        {
            configuration[name] = value;
        }
    }
}
