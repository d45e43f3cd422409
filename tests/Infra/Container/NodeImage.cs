using System.Diagnostics;
using Serverless.Tests.Fixtures;
using Serverless.Tests.Infra.Azure;
using Xunit;

namespace Serverless.Tests.Infra.Container;

/// <summary>
/// The node's image, made once by the SDK's target and pushed to a registry on loopback. It is made from a copy of the sources: the checkout stays as it is, and the copy has
/// what lies about on a machine that develops, and must not get into the image.
/// </summary>
public sealed class NodeImage : IAsyncLifetime
{
    private const string Name = "serverless-node";
    private const string Tag = "of-the-tests";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);
    private static readonly string[] Folders = ["core", "selfhost", "infra/nginx", "clients/js"];
    private static readonly string[] Files = [".editorconfig", "Directory.Build.props", "Directory.Packages.props", "global.json", "eng/BannedSymbols.txt"];

    private static readonly string[] Strays =
    [
        "selfhost/appsettings.json", "selfhost/appsettings.Development.json", "selfhost/secrets.json", "selfhost/.env", "selfhost/key.pem", "selfhost/web.config",
        "selfhost/data/streams.db", "selfhost/data/fleet/fleet.json", "selfhost/bin/Release/net10.0/linux-x64/publish/appsettings.json", "infra/nginx/shared/key.pem",
    ];

    private readonly string _sources = Directory.CreateTempSubdirectory("image-").FullName;

    internal PushedImage Pushed { get; private set; } = null!;

    /// <summary>How long publishing took.</summary>
    internal TimeSpan Took { get; private set; }

    public async ValueTask InitializeAsync()
    {
        CopySources();
        foreach (var stray in Strays)
        {
            var path = Path.Combine(_sources, stray);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            await File.WriteAllTextAsync(path, $"{{\"Serverless:Keys:Primary\":\"{ImageRules.Secret}\"}}");
        }

        await using var registry = await OciRegistry.StartAsync();
        var started = Stopwatch.StartNew();
        // the analyzers and the audit have seen these sources when the tests were built, and change nothing in the output
        var run = await ToolRun.OfAsync("dotnet",
        [
            "publish", "selfhost", "-c", "Release", "-t:PublishContainer", "-v:minimal", "-nologo", "--tl:off", "-p:RunAnalyzers=false", "-p:NuGetAudit=false",
            $"-p:ContainerRegistry={registry.Host}", $"-p:ContainerBaseImage={registry.BaseImage}", $"-p:ContainerImageTag={Tag}",
        ], _sources, new Dictionary<string, string?>
        {
            // no servers that outlive it; packages of the page that ./test has restored come from npm's cache
            ["MSBUILDDISABLENODEREUSE"] = "1",
            ["DOTNET_CLI_USE_MSBUILD_SERVER"] = "0",
            ["UseSharedCompilation"] = "false",
            ["npm_config_prefer_offline"] = "true",
        }, Patience);
        Assert.True(run.Code == 0, run.Text);
        Took = started.Elapsed;
        Pushed = PushedImage.Read(registry, Name, Tag);
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(_sources, recursive: true);
        return ValueTask.CompletedTask;
    }

    private static bool IsMade(string path) => path.Split('/').Any(part => part is "bin" or "obj" or "node_modules" or "data" or "lib");

    private void CopySources()
    {
        var files = Folders.SelectMany(folder => Directory.EnumerateFiles(Repository.PathOf(folder), "*", SearchOption.AllDirectories))
            .Select(file => Path.GetRelativePath(Repository.Root, file))
            .Where(file => !IsMade(file))
            .Concat(Files);
        foreach (var file in files)
        {
            var copy = Path.Combine(_sources, file);
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(Repository.PathOf(file), copy);
        }
    }
}
