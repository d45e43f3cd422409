using System.Text.RegularExpressions;
using Serverless.Tests.Fixtures;

namespace Serverless.Tests.Architecture;

/// <summary>A file of the repository, as the rules look at it.</summary>
internal sealed partial record SourceFile(string Path, string Text)
{
    private static readonly string[] Generated = ["bin", "obj", "node_modules", "lib"];

    /// <summary>The folder that it stands in, below its project: <c>Log/Redis</c>; empty in the project's own folder.</summary>
    public string Folder => FolderIn(Path.Split('/')[0]);

    public int Lines => Text.Count(letter => letter == '\n');

    /// <summary>The namespaces that it uses, without "static" and aliases.</summary>
    public IEnumerable<string> Usings => UsingRule().Matches(Text).Select(match => match.Groups["name"].Value);

    public string? Namespace => NamespaceRule().Match(Text) is { Success: true } match ? match.Groups["name"].Value : null;

    /// <summary>The folder that it stands in, below a project's folder.</summary>
    public string FolderIn(string project) => System.IO.Path.GetDirectoryName(Path[(project.Length + 1)..])!.Replace('\\', '/');

    /// <summary>All files below a folder of the repository with one of these endings; nothing when the folder isn't there.</summary>
    public static IReadOnlyList<SourceFile> In(string folder, params string[] endings)
    {
        var full = Repository.PathOf(folder);
        return !Directory.Exists(full) ? [] :
        [
            .. from path in Directory.EnumerateFiles(full, "*", SearchOption.AllDirectories)
               let relative = System.IO.Path.GetRelativePath(Repository.Root, path).Replace('\\', '/')
               where endings.Any(relative.EndsWith) && !relative.Split('/').Any(Generated.Contains)
               orderby relative
               select new SourceFile(relative, File.ReadAllText(path)),
        ];
    }

    public static string Read(string path) => File.ReadAllText(Repository.PathOf(path));

    public override string ToString() => Path;

    [GeneratedRegex(@"^\s*(?:global\s+)?using\s+(?:static\s+)?(?:\w+\s*=\s*)?(?<name>[A-Z][\w.]*)(?:<[^;]*>)?;", RegexOptions.Multiline)]
    private static partial Regex UsingRule();

    [GeneratedRegex(@"^namespace\s+(?<name>[\w.]+)", RegexOptions.Multiline)]
    private static partial Regex NamespaceRule();
}
