namespace Serverless.SelfHost.Upstream;

/// <summary>One receiver. Section <c>Serverless:Upstream:Templates:0</c>, and so on. Contract, section 4.1.</summary>
internal sealed class UpstreamTemplateOptions
{
    /// <summary>The receiver's address; <c>{hub}</c>, <c>{category}</c> and <c>{event}</c> stand for what happens.</summary>
    /// <value>http or https; required.</value>
    public string? UrlTemplate { get; set; }

    /// <summary>The hubs whose events it gets.</summary>
    /// <value><c>*</c>, a name, or names with commas between, in any case; default <c>*</c>.</value>
    public string HubPattern { get; set; } = NamePattern.Any;

    /// <summary>The categories that it gets.</summary>
    /// <value>As <see cref="HubPattern"/>, of <c>connections</c> and <c>messages</c>.</value>
    public string CategoryPattern { get; set; } = NamePattern.Any;

    /// <summary>The events that it gets.</summary>
    /// <value>As <see cref="HubPattern"/>, but case counts: <c>connected</c>, <c>disconnected</c>, targets of invocations.</value>
    public string EventPattern { get; set; } = NamePattern.Any;

    /// <summary>How the node proves who it is, besides its signature.</summary>
    /// <value><c>Type</c> is <c>None</c>, the default: managed identities aren't there.</value>
    public UpstreamAuth Auth { get; set; } = new();
}
