using System.ComponentModel.DataAnnotations;

namespace Serverless.Connections;

/// <summary>Limits and times of client connections. Section <c>Serverless:Connections</c>.</summary>
public sealed class ConnectionOptions
{
    /// <summary>The connections that a node takes, those in their handshake included; more are refused with 429.</summary>
    /// <value>1 to 1,000,000; default 100,000.</value>
    [Range(1, 1_000_000)]
    public int MaxConnections { get; set; } = 100_000;

    /// <summary>The largest message that a client may send; a larger one closes its connection.</summary>
    /// <value>Bytes; 1 KiB to 16 MiB; default 1 MiB.</value>
    [Range(1024, 16 * 1024 * 1024)]
    public int MaxMessageBytes { get; set; } = 1024 * 1024;

    /// <summary>The bytes that may wait for a client; one that is slower is cut, and never holds up another.</summary>
    /// <value>Bytes; 64 KiB to 256 MiB; default 4 MiB.</value>
    [Range(64 * 1024, 256 * 1024 * 1024)]
    public int MaxQueuedBytes { get; set; } = 4 * 1024 * 1024;

    /// <summary>Invocations of one connection that may be under way; then its next message waits.</summary>
    /// <value>1 to 1,024; default 128.</value>
    [Range(1, 1024)]
    public int MaxParallelInvocations { get; set; } = 128;

    /// <summary>The time from connecting to the end of the handshake.</summary>
    /// <value>1 to 30 s; default 15 s.</value>
    [Range(typeof(TimeSpan), "00:00:01", "00:00:30")]
    public TimeSpan HandshakeTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>The time that a negotiated connection waits for its client to connect.</summary>
    /// <value>1 to 60 s; default 15 s.</value>
    [Range(typeof(TimeSpan), "00:00:01", "00:01:00")]
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>The silence after which the node pings a client.</summary>
    /// <value>1 s to 5 minutes; default 15 s, which stock clients expect.</value>
    [Range(typeof(TimeSpan), "00:00:01", "00:05:00")]
    public TimeSpan KeepAlive { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>The silence after which a client is taken for dead. Stock clients ping every 15 s.</summary>
    /// <value>2 s to 10 minutes; default 30 s.</value>
    [Range(typeof(TimeSpan), "00:00:02", "00:10:00")]
    public TimeSpan ClientTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a poll waits for messages where the token doesn't say.</summary>
    /// <value>1 s to 5 minutes; default 90 s.</value>
    [Range(typeof(TimeSpan), "00:00:01", "00:05:00")]
    public TimeSpan PollTimeout { get; set; } = TimeSpan.FromSeconds(90);

    /// <summary>The time that a client has to give a result that it is asked for.</summary>
    /// <value>1 s to 10 minutes; default 10 minutes.</value>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan ResultTimeout { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>Closes WebSockets too when the access token expires with which they were opened; the other transports always end with it.</summary>
    /// <value>Default false: a WebSocket is checked when it connects, and goes on.</value>
    public bool CloseOnTokenExpiry { get; set; }
}
