using System.ComponentModel.DataAnnotations;

namespace Serverless.FanOut.AzureSignalR;

/// <summary>Hubs whose events Azure SignalR Service delivers, or another endpoint with its REST API. Section <c>Serverless:AzureSignalR</c>.</summary>
public sealed class AzureSignalROptions
{
    /// <summary>Where events are sent: <c>Endpoint=https://…;AccessKey=…;Version=1.0;</c>.</summary>
    /// <value>Default null: nothing is sent.</value>
    public string? ConnectionString { get; set; }

    /// <summary>The hubs that are delivered so; of several processes with one Redis, one at a time does it for each hub.</summary>
    /// <value>At least one with a connection string; default none.</value>
    public IList<string> Hubs { get; } = [];

    /// <summary>The requests that may be under way at once for each hub: those of different targets; what is for one target goes one after the other.</summary>
    /// <value>1 to 1,024; default 16.</value>
    [Range(1, 1024)]
    public int MaxConcurrent { get; set; } = 16;

    /// <summary>How long the endpoint has to answer a request; then it is sent again.</summary>
    /// <value>1 s to 5 minutes; default 10 s.</value>
    [Range(typeof(TimeSpan), "00:00:01", "00:05:00")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(10);
}
