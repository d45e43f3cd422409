using System.Text.Json;

namespace Serverless.SelfHost.Security;

/// <summary>Reads claims, which SDKs write as strings, numbers, or arrays of them.</summary>
internal static class ClaimText
{
    /// <summary>A claim's value as text; of an array, its first.</summary>
    /// <returns>Null when it isn't there, or is neither text nor a number.</returns>
    /// <exception cref="InvalidOperationException">It isn't Unicode.</exception>
    public static string? Of(IReadOnlyDictionary<string, JsonElement> claims, string name) =>
        claims.TryGetValue(name, out var value) ? First(value) : null;

    private static string? First(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString(),
        JsonValueKind.Array when value.GetArrayLength() > 0 => First(value[0]),
        JsonValueKind.Number => value.GetRawText(),
        _ => null,
    };
}
