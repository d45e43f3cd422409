using System.ComponentModel.DataAnnotations;

namespace Serverless.SelfHost.Drain;

/// <summary>How a node gets rid of its connections. Section <c>Serverless:Drain</c>.</summary>
internal sealed class DrainOptions
{
    /// <summary>The connections that a drain closes in a second, evenly: each comes back to another node, which has to take them.</summary>
    /// <value>1 to 100,000; default 200.</value>
    [Range(1, 100_000)]
    public int PerSecond { get; set; } = 200;

    /// <summary>How long a drain may take; then it says how many connections remain, and leaves them open.</summary>
    /// <value>1 second to 1 hour; default 1 minute.</value>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>How long clients have to take their close message when the node stops, before it stops listening; those that don't are cut.</summary>
    /// <value>0 to 20 seconds; default 5 seconds. A node stops at once when nobody is left.</value>
    [Range(typeof(TimeSpan), "00:00:00", "00:00:20")]
    public TimeSpan StopTimeout { get; set; } = TimeSpan.FromSeconds(5);
}
