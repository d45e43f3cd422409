using Microsoft.AspNetCore.WebUtilities;

namespace Serverless.SelfHost.Security;

/// <summary>What a token is made for: the address in its <c>aud</c>, without scheme, host and port. Contract, sections 2.4 and 3.3.</summary>
/// <param name="Path">Decoded, without a slash at the end.</param>
/// <param name="Query">Without the question mark; empty when there is none.</param>
internal sealed record TokenAudience(string Path, string Query)
{
    private static readonly string[] Schemes = ["http", "https", "ws", "wss"];

    /// <returns>Null when it is no address.</returns>
    public static TokenAudience? Parse(string audience)
    {
        var host = audience.IndexOf("://", StringComparison.Ordinal);
        if (host < 0 || !Schemes.Contains(audience[..host], StringComparer.OrdinalIgnoreCase))
        {
            return null;
        }

        var rest = audience.AsSpan(host + "://".Length);
        var path = rest.IndexOfAny('/', '?');
        if (path <= 0)
        {
            return null;
        }

        rest = rest[path..];
        var query = rest.IndexOf('?');
        return query < 0 ? new(RequestPath.Decode(rest), "") : new(RequestPath.Decode(rest[..query]), rest[(query + 1)..].ToString());
    }

    /// <summary>Whether it is the client endpoint, of this hub or of any.</summary>
    public bool IsClient(string hub) =>
        Path.Equals("/client", StringComparison.OrdinalIgnoreCase)
        && (Query.Length == 0 || (QueryHelpers.ParseQuery(Query).TryGetValue("hub", out var hubs) && hubs is [{ } one] && one.Equals(hub, StringComparison.OrdinalIgnoreCase)));

    /// <summary>Whether it is this path below <c>/api</c>, with any query.</summary>
    /// <param name="path">As <see cref="RequestPath.Decode(HttpRequest)"/> gives it.</param>
    public bool IsApi(string path) =>
        path.StartsWith("/api/", StringComparison.OrdinalIgnoreCase) && Path.Equals(path, StringComparison.OrdinalIgnoreCase);
}
