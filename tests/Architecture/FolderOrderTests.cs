using Xunit;

namespace Serverless.Tests.Architecture;

/// <summary>Data flows one way through core: a folder uses those before it only. A folder is a namespace, so every crossing is a using.</summary>
public sealed class FolderOrderTests
{
    private static readonly string[] Way = ["Events", "Batching", "Codec", "Log", "FanOut", "Connections"];
    private static readonly string[] Beside = ["Diagnostics", "Sharding", "Presence", "Services", "Hosting"];
    private static readonly string[] Door = ["Events", "Batching", "Codec", "Log"];

    [Fact]
    public void Core_Folders_AreKnown()
    {
        var unknown = from file in SourceFile.In("core", ".cs")
                      where file.Folder.Length > 0 && !Way.Concat(Beside).Contains(Top(file))
                      select Top(file);
        Expect.None(unknown.Distinct(), "Put them into the order that this test has, and into docs/architecture.md.");
    }

    [Fact]
    public void Core_Usings_PointBackOnly()
    {
        var wrong = from file in SourceFile.In("core", ".cs")
                    from used in file.Usings
                    where used.StartsWith("Serverless.", StringComparison.Ordinal)
                    let folder = used.Split('.')[1]
                    where !Allowed(file).Contains(folder)
                    select $"{file}: using {used}";
        Expect.None(wrong, $"A folder uses those before it only: {string.Join(" → ", Way)}; then those beside them: {string.Join(" → ", Beside)}. " +
            "Move what is shared to the earlier folder, or hand it in.");
    }

    [Theory]
    [InlineData("core", "Serverless")]
    [InlineData("selfhost", "Serverless.SelfHost")]
    [InlineData("clients/dotnet", "Serverless.Client")]
    [InlineData("functions", "Serverless.Functions")]
    [InlineData("tests", "Serverless.Tests")]
    public void Files_Namespace_IsFolder(string project, string root)
    {
        var wrong = from file in SourceFile.In(project, ".cs")
                    where file.Namespace is not null
                    let folder = file.FolderIn(project)
                    let expected = folder.Length == 0 ? root : $"{root}.{folder.Replace('/', '.')}"
                    where file.Namespace != expected
                    select $"{file}: namespace {file.Namespace}, not {expected}";
        Expect.None(wrong, "Folder = namespace: move the file or rename its namespace.");
    }

    [Fact]
    public void Core_Hosts_AreUnknown()
    {
        string[] hosts = ["Microsoft.AspNetCore", "Microsoft.Azure.Functions"];
        var wrong = from file in SourceFile.In("core", ".cs", ".csproj")
                    from host in hosts
                    where file.Text.Contains(host, StringComparison.Ordinal)
                    select $"{file}: {host}";
        Expect.None(wrong, "core knows neither Kestrel nor Functions: what needs them belongs into selfhost or functions.");
    }

    [Fact]
    public void Functions_Triggers_AreShort()
    {
        const int MaxLines = 40;
        var triggers = from file in SourceFile.In("functions", ".cs")
                       from text in file.Text.Split("[Function(").Skip(1)
                       select (Name: $"{file}: {text[..text.IndexOf(')', StringComparison.Ordinal)]}", Lines: text.Split('\n').Length);
        Assert.NotEmpty(triggers);
        Expect.None(triggers.Where(trigger => trigger.Lines > MaxLines).Select(trigger => trigger.Name), $"A trigger has at most {MaxLines} lines: what it does belongs into core.");
    }

    private static string Top(SourceFile file) => file.Folder.Split('/')[0];

    private static IEnumerable<string> Allowed(SourceFile file)
    {
        var top = Top(file);
        return top.Length == 0 ? Door
            : Beside.Contains(top) ? [.. Way, .. Beside.Take(Array.IndexOf(Beside, top) + 1)]
            : Way.Take(Array.IndexOf(Way, top) + 1);
    }
}
