namespace Serverless.Log;

/// <summary>One appended batch, as it is stored.</summary>
/// <param name="Last">The position of its last event; its tag is the entry's.</param>
/// <param name="Previous">The tag of the entry before it; 0 for a stream's first.</param>
/// <param name="Count">How many events it holds.</param>
/// <param name="Frame">The frame, which <see cref="Codec.FrameCodec"/> decodes. Shared by all readers and never changed.</param>
public sealed record LogEntry(Position Last, ulong Previous, int Count, ReadOnlyMemory<byte> Frame)
{
    /// <summary>The offset of its first event.</summary>
    public long FirstOffset => Last.Offset - Count + 1;

    /// <summary>Whether it is the entry right behind a position.</summary>
    public bool Follows(Position position) => FirstOffset == position.Offset + 1 && Previous == position.Tag;
}
