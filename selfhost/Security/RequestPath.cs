using Microsoft.AspNetCore.Http.Features;

namespace Serverless.SelfHost.Security;

/// <summary>
/// The path of a request as its sender wrote it. <see cref="HttpRequest.Path"/> leaves %2F encoded and decodes %25, so that "a/b" and "a%2Fb" as names in a path
/// look the same there.
/// </summary>
internal static class RequestPath
{
    /// <returns>Decoded, without a slash at the end.</returns>
    public static string Decode(HttpRequest request) => Decode(Raw(request));

    /// <inheritdoc cref="Decode(HttpRequest)"/>
    public static string Decode(ReadOnlySpan<char> path) => Uri.UnescapeDataString(path.TrimEnd('/'));

    /// <returns>Each part between slashes, decoded.</returns>
    public static string[] Segments(HttpRequest request) =>
        Raw(request).TrimEnd('/').ToString().Split('/')[1..].Select(Uri.UnescapeDataString).ToArray();

    private static ReadOnlySpan<char> Raw(HttpRequest request)
    {
        var target = request.HttpContext.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget.AsSpan();
        if (target.IndexOf("://") is > 0 and var host && !target.StartsWith("/"))
        {
            // the absolute form, which proxies are sent
            target = target[(host + "://".Length)..];
            target = target.IndexOf('/') is >= 0 and var path ? target[path..] : "/";
        }

        var query = target.IndexOf('?');
        return query < 0 ? target : target[..query];
    }
}
