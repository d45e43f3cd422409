using System.Text;

namespace Serverless.Tests.SelfHost.Upstream;

/// <summary>A request that a receiver got.</summary>
/// <param name="Method">The verb.</param>
/// <param name="Target">Path and query, as they stood in the request.</param>
/// <param name="Headers">Each with its lines.</param>
/// <param name="Body">Its bytes.</param>
internal sealed record ReceivedEvent(string Method, string Target, IReadOnlyDictionary<string, string[]> Headers, byte[] Body)
{
    public string Text => Encoding.UTF8.GetString(Body);

    /// <summary>What happened: the event's name.</summary>
    public string Name => this["X-ASRS-Event"]!;

    public string Connection => this["X-ASRS-Connection-Id"]!;

    /// <summary>The one line of a header; null when it isn't there.</summary>
    public string? this[string header] => Headers.TryGetValue(header, out var lines) ? lines.Single() : null;
}
