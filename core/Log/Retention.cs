namespace Serverless.Log;

/// <summary>Which entries a stream may drop: the oldest ones that pass a limit of age, events or bytes. The newest entry always stays.</summary>
internal sealed class Retention(LogOptions options, long defaultBytes)
{
    /// <summary>The age limit.</summary>
    public TimeSpan Age => options.RetentionAge;

    /// <summary>The limit of bytes of frames.</summary>
    public long Bytes => options.RetentionBytes ?? defaultBytes;

    /// <summary>The limit of events.</summary>
    public long Events => options.RetentionEvents ?? long.MaxValue;

    /// <summary>Whether the oldest entry is to be dropped.</summary>
    /// <param name="oldest">When the oldest entry was appended.</param>
    /// <param name="now">The time of the newest.</param>
    /// <param name="heldBytes">The bytes of all entries.</param>
    /// <param name="heldEvents">The events of all entries.</param>
    /// <param name="isInSnapshot">Whether a snapshot has what the entry says, or the stream has no snapshot. Else the limits are twice as wide.</param>
    public bool Drops(DateTimeOffset oldest, DateTimeOffset now, long heldBytes, long heldEvents, bool isInSnapshot)
    {
        var width = isInSnapshot ? 1.0 : 2.0;
        return (now - oldest) / width > Age || heldBytes / width > Bytes || heldEvents / width > Events;
    }
}
