using System.Text.Json;
using Serverless.Tests.Fixtures;

namespace Serverless.Tests.SelfHost.Security;

/// <summary>
/// Tokens as data: what they say, their key, the token itself, and whether it counts where it is <c>use</c>d at 2026-01-01 00:00 UTC, as whom, or why not. A header's
/// and claims' text in the file is what was signed.
/// </summary>
internal static class TokenVectors
{
    public static Dictionary<string, JsonElement> Read(params string[] files) => files
        .SelectMany(file => VectorFile.Read($"SelfHost/Security/Vectors/{file}.json"))
        .ToDictionary();
}
