namespace Serverless.SelfHost.Transports;

/// <summary>The node's answer to a client's second negotiate. Source: dotnet/aspnetcore, docs/specs/TransportProtocols.md.</summary>
internal sealed record NegotiateResponse(int NegotiateVersion, string ConnectionId, string? ConnectionToken, IReadOnlyList<AvailableTransport> AvailableTransports);

/// <summary>A transport and what it carries.</summary>
internal sealed record AvailableTransport(string Transport, IReadOnlyList<string> TransferFormats)
{
    /// <summary>Those of this node, best first.</summary>
    public static IReadOnlyList<AvailableTransport> All { get; } =
    [
        new("WebSockets", ["Text", "Binary"]),
        new("ServerSentEvents", ["Text"]),
        new("LongPolling", ["Text", "Binary"]),
    ];
}
