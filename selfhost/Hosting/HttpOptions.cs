using System.ComponentModel.DataAnnotations;

namespace Serverless.SelfHost.Hosting;

/// <summary>What a request may be like. Section <c>Serverless:Http</c>.</summary>
internal sealed class HttpOptions
{
    /// <summary>The largest body of a request to the REST API; a larger one is answered with 413.</summary>
    /// <value>1 KiB to 16 MiB; default 1 MiB, Azure SignalR's limit.</value>
    [Range(1024, 16 * 1024 * 1024)]
    public int MaxBodyBytes { get; set; } = 1024 * 1024;

    /// <summary>All headers of a request together; more is answered with 431.</summary>
    /// <value>4 KiB to 128 KiB; default 16 KiB.</value>
    [Range(4 * 1024, 128 * 1024)]
    public int MaxHeaderBytes { get; set; } = 16 * 1024;

    /// <summary>The line with method and address, which may hold an access token; a longer one is answered with 414.</summary>
    /// <value>1 KiB to 64 KiB; default 12 KiB.</value>
    [Range(1024, 64 * 1024)]
    public int MaxRequestLineBytes { get; set; } = 12 * 1024;

    /// <summary>How long a connection without a request is kept.</summary>
    /// <value>1 second to 1 hour; default 130 seconds.</value>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan KeepAliveTimeout { get; set; } = TimeSpan.FromSeconds(130);

    /// <summary>How long the headers of a request may take to arrive; slower ones are answered with 408.</summary>
    /// <value>1 second to 5 minutes; default 15 seconds.</value>
    [Range(typeof(TimeSpan), "00:00:01", "00:05:00")]
    public TimeSpan HeadersTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>The bytes per second below which a body that arrives, or an answer that is taken, is given up after <see cref="RateGrace"/>.</summary>
    /// <value>1 to 1,048,576; default 240.</value>
    [Range(1, 1_048_576)]
    public int MinBytesPerSecond { get; set; } = 240;

    /// <summary>How long a body or an answer may be slower than that.</summary>
    /// <value>2 seconds to 5 minutes; default 5 seconds.</value>
    [Range(typeof(TimeSpan), "00:00:02", "00:05:00")]
    public TimeSpan RateGrace { get; set; } = TimeSpan.FromSeconds(5);
}
