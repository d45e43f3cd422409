using System.Text.Json;

namespace Serverless.Tests.SelfHost.Security;

/// <summary>
/// Tokens as data, by name, made by another program than the node: what they say, their key, the token itself, and whether it counts where it is <c>use</c>d at
/// 2026-01-01 00:00 UTC, as whom, or why not. A header's and claims' text in the file is what was signed.
/// </summary>
internal static class TokenVectors
{
    public static Dictionary<string, JsonElement> Read(params string[] files) => files
        .SelectMany(file => JsonDocument
            .Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "SelfHost", "Security", "Vectors", $"{file}.json")))
            .RootElement.EnumerateArray())
        .ToDictionary(vector => vector.GetProperty("name").GetString()!);
}
