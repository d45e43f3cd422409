namespace Serverless.SelfHost.Security;

/// <summary>Finds the access token of a request.</summary>
internal static class BearerToken
{
    private const string Scheme = "Bearer ";

    /// <returns>The token in the <c>Authorization</c> header, or null.</returns>
    public static string? FromHeader(HttpRequest request) =>
        request.Headers.Authorization is [{ } value] && value.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? value[Scheme.Length..].Trim() : null;

    /// <returns>The token in the header, else in the query, where browsers put it for WebSockets and event streams, and only there. Contract, section 2.3.</returns>
    public static string? FromHeaderOrQuery(HttpRequest request) =>
        FromHeader(request) ?? (MayStandInQuery(request) && request.Query["access_token"] is [{ Length: > 0 } token] ? token : null);

    private static bool MayStandInQuery(HttpRequest request) =>
        request.HttpContext.WebSockets.IsWebSocketRequest
        || request.Headers.Accept.Any(accept => accept?.Contains("text/event-stream", StringComparison.OrdinalIgnoreCase) == true);
}
