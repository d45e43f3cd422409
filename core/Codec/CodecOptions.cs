using System.ComponentModel.DataAnnotations;

namespace Serverless.Codec;

/// <summary>How batches are compressed. Section <c>Serverless:Codec</c>.</summary>
public sealed class CodecOptions
{
    /// <summary>Bodies below this size are stored as they are.</summary>
    /// <value>Bytes; 0 to 16 MiB; default 512.</value>
    [Range(0, 16 * 1024 * 1024)]
    public int CompressAbove { get; set; } = 512;

    /// <summary>The level of zstd: higher is smaller and slower.</summary>
    /// <value>1 to 19; default 1.</value>
    [Range(1, 19)]
    public int Level { get; set; } = 1;
}
