using System.Runtime.InteropServices;
using Serverless.Tests.Fixtures;
using Xunit;

namespace Serverless.Tests.Infra.Azure;

/// <summary>The hooks of azd, built once, in a small repository of their own that has what they look at.</summary>
public sealed class HookPrograms : IAsyncLifetime
{
    public const string Collection = "azd hooks";

    private static readonly string[] Names = ["deploy-shards", "set-upstream", "node-image", "forget-shards", "forget-all"];

    /// <summary>The small repository.</summary>
    public string Root { get; } = Directory.CreateTempSubdirectory("hooks-").FullName;

    public async ValueTask InitializeAsync()
    {
        var hooks = Directory.CreateDirectory(Path.Combine(Root, "infra", "hooks")).FullName;
        foreach (var file in Directory.EnumerateFiles(Repository.PathOf("infra", "hooks")))
        {
            File.Copy(file, Path.Combine(hooks, Path.GetFileName(file)));
        }

        // as strict as the real ones: hooks must not inherit them
        await File.WriteAllTextAsync(Path.Combine(Root, "Directory.Build.props"), "<Project><PropertyGroup><TargetFramework>none</TargetFramework></PropertyGroup></Project>");
        await File.WriteAllTextAsync(Path.Combine(Root, "Directory.Packages.props"), "<Project><ItemGroup><PackageReference Include=\"None\" /></ItemGroup></Project>");
        File.Copy(Repository.PathOf("global.json"), Path.Combine(Root, "global.json"));
        foreach (var folder in new[] { "core", "selfhost", "selfhost/obj", "infra/nginx" })
        {
            Directory.CreateDirectory(Path.Combine(Root, folder));
            await File.WriteAllTextAsync(Path.Combine(Root, folder, "One.cs"), "// one");
        }

        Directory.CreateDirectory(Path.Combine(Root, "clients", "js"));
        await File.WriteAllTextAsync(Path.Combine(Root, "clients", "js", "documents.js"), "// one");

        // one after the other: they share what the compiler keeps
        foreach (var name in Names)
        {
            var built = await ToolRun.OfAsync("dotnet", ["build", $"{name}.cs", "-o", Path.Combine(Root, "out", name), "-v:q", "-nologo", "--tl:off"], hooks);
            Assert.True(built.Code == 0, built.Text);
        }
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(Root, recursive: true);
        return ValueTask.CompletedTask;
    }

    /// <summary>Runs a hook as azd does: in the hooks' folder.</summary>
    internal Task<ToolRun> RunAsync(string name, StubTools tools, params (string Name, string? Value)[] environment)
    {
        var variables = new Dictionary<string, string?>
        {
            ["PATH"] = $"{tools.Folder}:{Environment.GetEnvironmentVariable("PATH")}",
            [StubTools.LogVariable] = tools.LogFile,
        };
        foreach (var (key, value) in environment)
        {
            variables[key] = value;
        }

        // as dotnet run starts it; a process looks beside its own program first, and a stub of dotnet shall be found
        variables["DOTNET_ROOT"] = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "../../.."));
        return ToolRun.OfAsync(Path.Combine(Root, "out", name, name), [], Path.Combine(Root, "infra", "hooks"), variables);
    }
}
