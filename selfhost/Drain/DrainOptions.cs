using System.ComponentModel.DataAnnotations;

namespace Serverless.SelfHost.Drain;

/// <summary>How a node gets rid of its connections. Section <c>Serverless:Drain</c>.</summary>
internal sealed class DrainOptions
{
    /// <summary>How long a node that drains or stops still takes clients, though it says that it isn't ready: the time in which balancers notice it.</summary>
    /// <value>0 to 1 minute; default 0.</value>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00")]
    public TimeSpan Notice { get; set; }

    /// <summary>The connections that a drain closes in a second, evenly: each comes back to another node, which has to take them.</summary>
    /// <value>1 to 100,000; default 200.</value>
    [Range(1, 100_000)]
    public int PerSecond { get; set; } = 200;

    /// <summary>How long a drain may take; then it says how many connections remain, and leaves them open.</summary>
    /// <value>1 second to 1 hour; default 1 minute.</value>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>How long a stop may take from its first close message on. Clients are closed as a drain does it, or faster, so that all are told in half of the time; the other
    /// half is for the last to take it. Then those that are left are cut, and the node stops listening.</summary>
    /// <value>0 to 10 minutes; default 5 seconds. Less than what the platform waits before it kills the process. A node stops at once when nobody is left.</value>
    [Range(typeof(TimeSpan), "00:00:00", "00:10:00")]
    public TimeSpan StopTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>The connections that a stop closes in a second.</summary>
    /// <param name="connections">Those that are there.</param>
    public int StopPerSecond(int connections)
    {
        var half = StopTimeout.TotalSeconds / 2;
        return half > 0 ? (int)Math.Clamp(Math.Ceiling(connections / half), PerSecond, int.MaxValue) : int.MaxValue;
    }
}
