namespace Serverless.SelfHost.Security;

/// <summary>Finds the access token of a request.</summary>
internal static class BearerToken
{
    private const string Scheme = "Bearer ";

    /// <returns>The token in the <c>Authorization</c> header, or null.</returns>
    public static string? FromHeader(HttpRequest request) =>
        request.Headers.Authorization is [{ } value] && value.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? value[Scheme.Length..].Trim() : null;

    /// <summary>The token in the header, else in the query, where browsers put it for WebSockets and event streams, and only there. Contract, section 2.3.</summary>
    /// <param name="request">What the client asks.</param>
    /// <param name="isWebSocket">Whether it asks for a WebSocket.</param>
    public static string? FromHeaderOrQuery(HttpRequest request, bool isWebSocket) =>
        FromHeader(request) ?? ((isWebSocket || AsksForEvents(request)) && request.Query["access_token"] is [{ Length: > 0 } token] ? token : null);

    private static bool AsksForEvents(HttpRequest request) =>
        request.Headers.Accept.Any(accept => accept?.Contains("text/event-stream", StringComparison.OrdinalIgnoreCase) == true);
}
