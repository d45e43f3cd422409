using System.ComponentModel.DataAnnotations;

namespace Serverless.Services.Presence;

/// <summary>Who is in a room, cursors and typing. Section <c>Serverless:Presence</c>.</summary>
public sealed class PresenceOptions
{
    /// <summary>The longest state or position, in bytes as the client sent it.</summary>
    /// <value>16 to 65,536; default 4,096.</value>
    [Range(16, 65_536)]
    public int MaxStateBytes { get; set; } = 4096;

    /// <summary>The most users of a room that are listed.</summary>
    /// <value>1 to 10,000; default 1,000.</value>
    [Range(1, 10_000)]
    public int MaxListed { get; set; } = 1000;
}
