namespace Serverless.SelfHost.Clients;

/// <summary>Whether clients may call the node's own methods. Section <c>Serverless:Handlers</c>.</summary>
internal sealed class HandlerOptions
{
    /// <summary>Lets any client publish by <c>Broadcast</c>, <c>SendToGroup</c> and the like.</summary>
    /// <value>Default: on in Development, off elsewhere.</value>
    public bool? Enabled { get; set; }
}
