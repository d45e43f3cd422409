namespace Serverless.Log;

/// <summary>One appended batch, as it is stored.</summary>
/// <param name="Last">The position of its last event.</param>
/// <param name="Count">How many events it holds.</param>
/// <param name="Frame">The frame, which <see cref="Codec.FrameCodec"/> decodes. Shared by all readers and never changed.</param>
public sealed record LogEntry(Position Last, int Count, ReadOnlyMemory<byte> Frame)
{
    /// <summary>The offset of its first event.</summary>
    public long FirstOffset => Last.Offset - Count + 1;
}
