using Serverless.Events;

namespace Serverless.Codec;

/// <summary>A stored frame can't be read: it is damaged, or a newer version wrote it. Names stream and offset.</summary>
public sealed class FrameException : Exception
{
    /// <summary>Describes the frame whose last event has <paramref name="offset"/>.</summary>
    public FrameException(StreamName stream, long offset, string message, Exception? innerException = null)
        : base($"Stream {stream}, entry at offset {offset}: {message}", innerException)
    {
        Stream = stream;
        Offset = offset;
    }

    /// <summary>The stream.</summary>
    public StreamName Stream { get; }

    /// <summary>The offset of the entry's last event.</summary>
    public long Offset { get; }
}
