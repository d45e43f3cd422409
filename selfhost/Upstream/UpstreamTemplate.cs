namespace Serverless.SelfHost.Upstream;

/// <summary>A receiver: which events it gets, and where.</summary>
internal sealed class UpstreamTemplate(UpstreamTemplateOptions options)
{
    private readonly NamePattern _hubs = new(options.HubPattern.ToLowerInvariant());
    private readonly NamePattern _categories = new(options.CategoryPattern);
    private readonly NamePattern _events = new(options.EventPattern);

    /// <summary>Where they are posted.</summary>
    public UrlTemplate Url { get; } = new(options.UrlTemplate!);

    /// <param name="hub">In lower case.</param>
    /// <param name="category">As <see cref="UpstreamEvent.Category"/>.</param>
    /// <param name="event">As <see cref="UpstreamEvent.Name"/>.</param>
    public bool Matches(string hub, string category, string @event) => _hubs.Matches(hub) && _categories.Matches(category) && _events.Matches(@event);
}
