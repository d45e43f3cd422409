using Microsoft.Extensions.Options;
using Serverless.Events;
using Serverless.FanOut.AzureSignalR;
using Serverless.Sharding;

namespace Serverless.Hosting;

/// <summary>Names all that is wrong with the hubs' settings.</summary>
internal sealed class ShardingOptionsValidator(IOptions<AzureSignalROptions> azure) : IValidateOptions<ShardingOptions>
{
    public ValidateOptionsResult Validate(string? name, ShardingOptions options)
    {
        var faults = options.Hubs.SelectMany((hub, index) => Check(hub, $"Serverless:Sharding:Hubs:{index}"))
            .Concat(options.Hubs.GroupBy(hub => hub.Name, StringComparer.OrdinalIgnoreCase).Where(same => same.Count() > 1).Select(same => $"Serverless:Sharding:Hubs has '{same.Key}' twice."))
            .ToList();
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }

    private IEnumerable<string> Check(HubShardingOptions hub, string at)
    {
        if (!StreamName.IsHub(hub.Name))
        {
            yield return $"{at}:Name must be a hub's name: {StreamName.HubForm}";
        }

        if (hub.Streams is < 1 or > HubStreams.MaxStreams)
        {
            yield return $"{at}:Streams must be 1 to {HubStreams.MaxStreams}.";
        }

        if (hub.Streams > 1 && !string.IsNullOrEmpty(azure.Value.ConnectionString) && azure.Value.Hubs.Contains(hub.Name, StringComparer.OrdinalIgnoreCase))
        {
            yield return $"{at}:Streams must be 1: Azure SignalR delivers the hub '{hub.Name}', from one stream.";
        }
    }
}
