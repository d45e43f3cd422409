using Serverless.Tests.Fixtures;
using Xunit;

namespace Serverless.Tests.Page;

/// <summary>One node for the page's tests; each has rooms of its own.</summary>
public sealed class ChatNode : IAsyncLifetime
{
    private readonly NodeProcess _node = new();

    public Uri Address => new($"{_node.Url}/");

    public async ValueTask InitializeAsync() => await _node.StartAsync();

    public ValueTask DisposeAsync() => _node.DisposeAsync();
}
