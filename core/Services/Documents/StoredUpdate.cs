using Serverless.Log;

namespace Serverless.Services.Documents;

/// <summary>A change in a document's stream.</summary>
/// <param name="At">Where it stands.</param>
/// <param name="Update">The Yjs update; null for an event that a newer version wrote.</param>
internal readonly record struct StoredUpdate(Position At, ReadOnlyMemory<byte>? Update);

/// <summary>Some of a document's changes.</summary>
/// <param name="Updates">In order.</param>
/// <param name="End">Where the reader is now; damaged events count, and are in no list.</param>
internal sealed record StoredUpdates(IReadOnlyList<StoredUpdate> Updates, Position End);
