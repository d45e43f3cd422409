using System.ComponentModel.DataAnnotations;

namespace Serverless.Services.Documents;

/// <summary>Limits of documents that clients share. Section <c>Serverless:Documents</c>.</summary>
public sealed class DocumentOptions
{
    /// <summary>The largest change. It has to fit into a message of <c>Connections:MaxMessageBytes</c>, where JSON makes it larger by a third.</summary>
    /// <value>Bytes; 1 KiB to 8 MiB; default 512 KiB.</value>
    [Range(1024, 8 * 1024 * 1024)]
    public int MaxUpdateBytes { get; set; } = 512 * 1024;

    /// <summary>The largest snapshot. It has to fit into a message of <c>Connections:MaxMessageBytes</c>, where JSON makes it larger by a third.</summary>
    /// <value>Bytes; 1 KiB to 12 MiB; default 700 KiB.</value>
    [Range(1024, 12 * 1024 * 1024)]
    public int MaxSnapshotBytes { get; set; } = 700 * 1024;

    /// <summary>The bytes of a document's snapshot and the changes after it, beyond which it takes no change until it is compacted.</summary>
    /// <value>Bytes; 1 KiB to 256 MiB; default 4 MiB.</value>
    [Range(1024, 256 * 1024 * 1024)]
    public int MaxDocumentBytes { get; set; } = 4 * 1024 * 1024;

    /// <summary>The bytes of changes that a reply has at most; a snapshot, or a change, that is larger goes alone.</summary>
    /// <value>Bytes; 1 KiB to 4 MiB; default 256 KiB.</value>
    [Range(1024, 4 * 1024 * 1024)]
    public int PageBytes { get; set; } = 256 * 1024;

    /// <summary>The bytes of changes since the snapshot up to which nobody is asked to compact.</summary>
    /// <value>Bytes; 0 to 16 MiB; default 16 KiB.</value>
    [Range(0, 16 * 1024 * 1024)]
    public int CompactAbove { get; set; } = 16 * 1024;

    /// <summary>The part of the snapshot's size that the changes after it may have before somebody is asked to compact.</summary>
    /// <value>0 to 10; default 0.5: who comes later reads about one and a half snapshots.</value>
    [Range(0.0, 10.0)]
    public double CompactRatio { get; set; } = 0.5;

    /// <summary>How long a node waits for the snapshot that it asked a client for, before it asks another.</summary>
    /// <value>100 ms to 1 hour; default 5 s.</value>
    [Range(typeof(TimeSpan), "00:00:00.100", "01:00:00")]
    public TimeSpan CompactPause { get; set; } = TimeSpan.FromSeconds(5);
}
