namespace Serverless.SelfHost.Upstream;

/// <summary>The item <c>Auth</c> of a template, as Azure SignalR's settings have it.</summary>
internal sealed class UpstreamAuth
{
    /// <summary>The only kind that there is.</summary>
    public const string None = nameof(None);

    /// <summary>The kind.</summary>
    public string Type { get; set; } = None;
}
