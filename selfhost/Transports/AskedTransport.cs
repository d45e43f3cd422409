using Microsoft.AspNetCore.Http.Connections;

namespace Serverless.SelfHost.Transports;

/// <summary>Tells by which transport a request connects. Contract, section 2.3.</summary>
internal static class AskedTransport
{
    /// <returns>None where it belongs to a connection that is there: a send, or its end.</returns>
    public static HttpTransportType Of(HttpRequest request, bool isWebSocket) =>
        isWebSocket ? HttpTransportType.WebSockets
        : request.Method != HttpMethods.Get ? HttpTransportType.None
        : request.GetTypedHeaders().Accept.Any(accept => accept.MediaType == "text/event-stream") ? HttpTransportType.ServerSentEvents
        : HttpTransportType.LongPolling;
}
