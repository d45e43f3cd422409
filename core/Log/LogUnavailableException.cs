using Serverless.Events;

namespace Serverless.Log;

/// <summary>The log can't serve a stream now. For an append the outcome is unknown: the events may be stored; repeat them with the same keys.</summary>
public sealed class LogUnavailableException : Exception
{
    /// <summary>Names the stream, what failed and what to do.</summary>
    public LogUnavailableException(StreamName stream, string message, Exception? innerException = null)
        : base($"Stream {stream}: {message}", innerException) => Stream = stream;

    /// <summary>The stream.</summary>
    public StreamName Stream { get; }
}
