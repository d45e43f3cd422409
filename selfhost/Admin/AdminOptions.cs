namespace Serverless.SelfHost.Admin;

/// <summary>Where the node serves those who run it. Section <c>Serverless:Admin</c>.</summary>
internal sealed class AdminOptions
{
    /// <summary>Addresses of its own, with ports that clients don't use, separated by <c>;</c>: <c>http://+:9090</c>. Nobody is asked who they are there: no balancer may
    /// expose it.</summary>
    /// <value>Default none: nothing of it is served.</value>
    public string? Urls { get; set; }
}
