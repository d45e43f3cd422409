namespace Serverless.Events;

/// <summary>The public name of one connection: what negotiate shows to its client and what sends to a connection use. Compared by ordinal.</summary>
/// <param name="Value">1 to 512 characters, URL-safe.</param>
public readonly record struct ConnectionId(string Value)
{
    /// <inheritdoc/>
    public override string ToString() => Value;
}
