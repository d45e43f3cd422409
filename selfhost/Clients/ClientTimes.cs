using Serverless.Connections;

namespace Serverless.SelfHost.Clients;

/// <summary>The times that a client's token sets, in eight bytes: an open connection keeps them.</summary>
internal readonly record struct ClientTimes
{
    private readonly byte _handshakeSeconds;

    /// <param name="handshakeTimeout">1 to 30 s, or null.</param>
    /// <param name="expiry">When the connection ends with its authentication.</param>
    public ClientTimes(TimeSpan? handshakeTimeout, Expiry expiry) => (_handshakeSeconds, Expiry) = ((byte)(handshakeTimeout?.TotalSeconds ?? 0), expiry);

    /// <summary>From connecting to the end of the handshake; null: as configured.</summary>
    public TimeSpan? HandshakeTimeout => _handshakeSeconds == 0 ? null : TimeSpan.FromSeconds(_handshakeSeconds);

    /// <summary>When the connection ends with its authentication.</summary>
    public Expiry Expiry { get; }
}
