using System.Net.Http.Headers;
using Microsoft.AspNetCore.Http;

namespace Serverless.Functions.Negotiate;

/// <summary>The token of a request's header <c>Authorization: Bearer</c>.</summary>
internal static class BearerToken
{
    /// <returns>Null without one.</returns>
    public static string? Of(HttpRequest request) =>
        AuthenticationHeaderValue.TryParse(request.Headers.Authorization, out var header) && header.Scheme.Equals("Bearer", StringComparison.OrdinalIgnoreCase)
            ? header.Parameter
            : null;
}
