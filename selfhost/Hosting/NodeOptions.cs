namespace Serverless.SelfHost.Hosting;

/// <summary>How clients reach the node. Section <c>Serverless:Node</c>.</summary>
internal sealed class NodeOptions
{
    /// <summary>The address that clients are sent to, of the balancer or proxy in front of the nodes: <c>https://realtime.example.com</c>.</summary>
    /// <value>Default null: the address that the caller of negotiate used.</value>
    public Uri? PublicEndpoint { get; set; }
}
