using Microsoft.Extensions.Options;
using Serverless.Events;
using Serverless.FanOut.AzureSignalR;

namespace Serverless.Functions.Hubs;

/// <summary>The hubs that messages reach clients of: with the REST API those that are configured, else all, since nodes read their streams.</summary>
public sealed class ServedHubs(IOptions<AzureSignalROptions> options)
{
    /// <returns>Null when messages to the hub are delivered; else what is wrong, for the caller.</returns>
    public string? Fault(string hub) =>
        !StreamName.IsHub(hub) ? $"A hub's name: {StreamName.HubForm}"
        : string.IsNullOrEmpty(options.Value.ConnectionString) || options.Value.Hubs.Contains(hub, StringComparer.OrdinalIgnoreCase) ? null
        : $"The app delivers no messages of the hub '{hub}': name it in Serverless:AzureSignalR:Hubs, beside {string.Join(", ", options.Value.Hubs)}.";
}
