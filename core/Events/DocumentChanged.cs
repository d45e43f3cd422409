namespace Serverless.Events;

/// <summary>A client changed a document. Stands in the document's own stream, beside that of its hub.</summary>
public sealed record DocumentChanged : Event
{
    /// <summary>Who changed it, or null for an anonymous client.</summary>
    public string? User { get; init; }

    /// <summary>What changed, as a Yjs update of version 1. Not changed after this was made.</summary>
    public required ReadOnlyMemory<byte> Update { get; init; }
}
