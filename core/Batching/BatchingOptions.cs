using System.ComponentModel.DataAnnotations;

namespace Serverless.Batching;

/// <summary>How events are gathered into entries. Section <c>Serverless:Batching</c>.</summary>
public sealed class BatchingOptions
{
    /// <summary>How long a batch waits for more events after its first one.</summary>
    /// <value>0 to 200 ms; default 0: take what waits, never sleep.</value>
    [Range(typeof(TimeSpan), "00:00:00", "00:00:00.200")]
    public TimeSpan Linger { get; set; }

    /// <summary>The most events in an entry.</summary>
    /// <value>1 to 65,536; default 4,096.</value>
    [Range(1, 65_536)]
    public int MaxEvents { get; set; } = 4096;

    /// <summary>The bytes of events, uncompressed, above which an entry takes no more; a single larger event is an entry of its own.</summary>
    /// <value>1 KiB to 16 MiB; default 1 MiB.</value>
    [Range(1024, 16 * 1024 * 1024)]
    public int MaxBytes { get; set; } = 1024 * 1024;

    /// <summary>Events that may wait for a stream; who publishes more waits until there is room.</summary>
    /// <value>1 to 1,048,576; default 65,536.</value>
    [Range(1, 1_048_576)]
    public int QueueCapacity { get; set; } = 65_536;
}
