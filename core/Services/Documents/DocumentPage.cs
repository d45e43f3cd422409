using Serverless.Log;

namespace Serverless.Services.Documents;

/// <summary>What a client is given of a document.</summary>
/// <param name="At">The last change in it.</param>
/// <param name="Snapshot">What all changes up to a position make; null when the client needs none.</param>
/// <param name="Updates">The changes that follow.</param>
/// <param name="HasMore">Whether more follows <paramref name="At"/> already.</param>
/// <param name="Reset">Why it doesn't go on from the client's position; null when it does, or when the client gave none.</param>
internal sealed record DocumentPage(Position At, ReadOnlyMemory<byte>? Snapshot, IReadOnlyList<ReadOnlyMemory<byte>> Updates, bool HasMore, ResetReason? Reset);
