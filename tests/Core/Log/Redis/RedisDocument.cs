using System.Text.RegularExpressions;
using Serverless.Tests.Fixtures;

namespace Serverless.Tests.Core.Log.Redis;

/// <summary>What docs/redis.md says that the node calls, and the access rules that it gives.</summary>
internal static partial class RedisDocument
{
    private static readonly string Text = File.ReadAllText(Repository.PathOf("docs", "redis.md"));

    /// <summary>The rules of the user <c>serverless</c>, without its name and password.</summary>
    public static IReadOnlyList<string> AccessRules { get; } = [.. AccessLine().Match(Text).Groups[1].Value.Split(' ')];

    /// <summary>The commands of a place: <c>script</c> or <c>client</c>.</summary>
    public static IReadOnlyList<string> Commands(string where)
    {
        var table = Text[Text.IndexOf("## Commands", StringComparison.Ordinal)..Text.IndexOf("### What the client library", StringComparison.Ordinal)];
        return [.. CommandRow().Matches(table).Where(row => row.Groups[2].Value == where).Select(row => row.Groups[1].Value)];
    }

    [GeneratedRegex(@"^user serverless on >PASSWORD (.+)$", RegexOptions.Multiline)]
    private static partial Regex AccessLine();

    [GeneratedRegex(@"^\| `([A-Z ]+)` \| (script|client) \|", RegexOptions.Multiline)]
    private static partial Regex CommandRow();
}
