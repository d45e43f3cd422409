namespace Serverless.Tests.Fixtures;

/// <summary>Where the checkout is.</summary>
internal static class Repository
{
    /// <summary>The folder that holds global.json.</summary>
    public static string Root { get; } = Find(new DirectoryInfo(AppContext.BaseDirectory));

    /// <summary>A path in it.</summary>
    public static string PathOf(params string[] parts) => Path.Combine([Root, .. parts]);

    private static string Find(DirectoryInfo? folder) =>
        folder is null ? throw new DirectoryNotFoundException($"No global.json stands above {AppContext.BaseDirectory}: run the tests from a checkout.")
        : File.Exists(Path.Combine(folder.FullName, "global.json")) ? folder.FullName
        : Find(folder.Parent);
}
