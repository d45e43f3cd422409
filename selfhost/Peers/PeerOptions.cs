namespace Serverless.SelfHost.Peers;

/// <summary>How nodes reach each other. Section <c>Serverless:Peers</c>.</summary>
internal sealed class PeerOptions
{
    /// <summary>Where other nodes reach this one, to pass on a poll, event stream or send whose connection is here: <c>http://10.0.0.5:8888</c>.</summary>
    /// <value>Default: the first address that the node listens on; for "any address" the machine's first that isn't loopback.</value>
    public Uri? Address { get; set; }
}
