using System.ComponentModel.DataAnnotations;

namespace Serverless.SelfHost.Upstream;

/// <summary>Where the events of clients are posted. Section <c>Serverless:Upstream</c>.</summary>
internal sealed class UpstreamOptions
{
    /// <summary>The receivers; an event goes to the first whose patterns match it.</summary>
    /// <value>Default: none; then the node's own handlers serve clients.</value>
    public IList<UpstreamTemplateOptions> Templates { get; } = [];

    /// <summary>How long an event may take until it is answered: waiting for room, and being sent again, count too.</summary>
    /// <value>1 s to 10 minutes; default 100 s.</value>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(100);

    /// <summary>Closes a client whose <c>connected</c> is answered with 401 or 403.</summary>
    /// <value>Default false: it is logged, and the client stays.</value>
    public bool RefuseUnauthorized { get; set; }

    /// <summary>The requests of this node that may be under way at once.</summary>
    /// <value>1 to 100,000; default 1,000.</value>
    [Range(1, 100_000)]
    public int MaxConcurrent { get; set; } = 1000;

    /// <summary>The events that may wait for their turn besides; one more is refused. A connection has at most one here.</summary>
    /// <value>0 to 1,000,000; default 100,000.</value>
    [Range(0, 1_000_000)]
    public int MaxWaiting { get; set; } = 100_000;

    /// <summary>The largest answer to an invocation.</summary>
    /// <value>Bytes; 1 KiB to 256 MiB; default 16 MiB.</value>
    [Range(1024, 256 * 1024 * 1024)]
    public int MaxResponseBytes { get; set; } = 16 * 1024 * 1024;
}
