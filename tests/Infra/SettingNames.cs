using Serverless.Tests.Architecture;

namespace Serverless.Tests.Infra;

/// <summary>The settings that deployment files may set.</summary>
internal static class SettingNames
{
    private static readonly Lazy<string> Page = new(() => SourceFile.Read("docs/configuration.md"));

    /// <summary>Whether an environment variable is no setting of the node, or one that docs/configuration.md has.</summary>
    public static bool IsKnown(string variable)
    {
        var name = string.Join(':', variable.Split("__").Select(part => int.TryParse(part, out _) ? "0" : part));
        return !name.StartsWith("Serverless:", StringComparison.Ordinal)
            || Page.Value.Contains($"`{name}`", StringComparison.Ordinal);
    }
}
