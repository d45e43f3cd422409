namespace Serverless.Log;

/// <summary>What one append stores: a frame, and the idempotency keys in it.</summary>
/// <param name="Frame">A frame of <see cref="Codec.FrameCodec"/>; its header holds count and time. Not kept after the append completes, unless copied.</param>
/// <param name="Count">How many events it holds; at least 1.</param>
/// <param name="Time">When it was encoded; the log's clock for retention and for the window of keys.</param>
/// <param name="Keys">The events that carry a key, by index in the batch, ascending; no key twice.</param>
public sealed record EncodedBatch(ReadOnlyMemory<byte> Frame, int Count, DateTimeOffset Time, IReadOnlyList<EventKey> Keys);

/// <summary>The key of one event of a batch.</summary>
/// <param name="Index">The event's index in the batch, from 0.</param>
/// <param name="Key">Its idempotency key.</param>
public readonly record struct EventKey(int Index, string Key);
