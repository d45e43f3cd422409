using System.ComponentModel.DataAnnotations;

namespace Serverless.FanOut.Lanes;

/// <summary>Messages that aren't stored, such as moves of cursors. Section <c>Serverless:Volatile</c>.</summary>
public sealed class VolatileOptions
{
    /// <summary>How often messages of a stream go out; of those with the same key the last one does.</summary>
    /// <value>1 ms to 1 second; default 40 ms.</value>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:00:01")]
    public TimeSpan Interval { get; set; } = TimeSpan.FromMilliseconds(40);

    /// <summary>The messages of a stream that may wait in a process; further ones are dropped.</summary>
    /// <value>1 to 100,000; default 5,000.</value>
    [Range(1, 100_000)]
    public int MaxWaiting { get; set; } = 5000;
}
