using Microsoft.AspNetCore.Http.Connections;

namespace Serverless.SelfHost.Transports;

/// <summary>The node's answer to a client's second negotiate. Source: dotnet/aspnetcore, docs/specs/TransportProtocols.md.</summary>
internal sealed record NegotiateResponse(int NegotiateVersion, string ConnectionId, string? ConnectionToken, IReadOnlyList<AvailableTransport> AvailableTransports);

/// <summary>The answer that sends a client on to another address, where it negotiates again. Same source.</summary>
internal sealed record NegotiateRedirect(string Url, string AccessToken);

/// <summary>A transport and what it carries.</summary>
internal sealed record AvailableTransport(string Transport, IReadOnlyList<string> TransferFormats)
{
    /// <summary>Those of this node, best first.</summary>
    private static readonly (HttpTransportType Type, AvailableTransport Offer)[] All =
    [
        (HttpTransportType.WebSockets, new("WebSockets", ["Text", "Binary"])),
        (HttpTransportType.ServerSentEvents, new("ServerSentEvents", ["Text"])),
        (HttpTransportType.LongPolling, new("LongPolling", ["Text", "Binary"])),
    ];

    /// <summary>Those of this node that a token allows, best first.</summary>
    public static IReadOnlyList<AvailableTransport> Offered(HttpTransportType allowed) =>
        [.. from transport in All where allowed.HasFlag(transport.Type) select transport.Offer];
}
