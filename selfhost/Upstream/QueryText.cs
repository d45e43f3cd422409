namespace Serverless.SelfHost.Upstream;

/// <summary>The query of a client's connect request as a header, without its secrets. Contract, section 4.2.</summary>
internal static class QueryText
{
    /// <param name="query">With its leading <c>?</c>, as it came.</param>
    /// <returns>Null when nothing is left.</returns>
    public static string? Of(string? query)
    {
        var kept = (query ?? "").TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries).Where(pair => !IsSecret(pair));
        return string.Join('&', kept) is { Length: > 0 } text ? HeaderText.Encode($"?{text}") : null;
    }

    /// <summary>Names are compared as the server reads them: decoded, in any case.</summary>
    private static bool IsSecret(string pair) => Uri.UnescapeDataString(pair.Split('=', 2)[0]).ToLowerInvariant() is "access_token" or "id";
}
