using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.Json;
using Serverless.Tests.Fixtures;
using Xunit;

namespace Serverless.Tests.Infra.Azure;

/// <summary>The Bicep program, and a copy of infra/ for each run: what a test changes there is gone after it.</summary>
public sealed class BicepTool : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("bicep-").FullName;
    private readonly string _program;
    private int _copies;

    public BicepTool()
    {
        // packages come without the right to be run, and their folder may not be ours
        _program = Path.Combine(_root, "bicep");
        if (IsHere)
        {
            Executable.Copy(Packaged, _program);
        }
    }

    private static bool IsHere => OperatingSystem.IsLinux() && RuntimeInformation.OSArchitecture == System.Runtime.InteropServices.Architecture.X64;

    private static string Packaged { get; } = typeof(BicepTool).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(metadata => metadata.Key == "Bicep").Value!;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    /// <summary>A copy of infra/.</summary>
    /// <param name="seed">A file in it, a text in that, and what shall stand there instead.</param>
    internal string Copy(params (string File, string Old, string New)[] seed)
    {
        var source = Repository.PathOf("infra");
        var target = Path.Combine(_root, $"infra-{Interlocked.Increment(ref _copies)}");
        foreach (var file in Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories).Where(IsPart))
        {
            var copy = Path.Combine(target, Path.GetRelativePath(source, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        foreach (var (file, old, @new) in seed)
        {
            var path = Path.Combine(target, file);
            var text = File.ReadAllText(path);
            Assert.Contains(old, text);
            File.WriteAllText(path, text.Replace(old, @new, StringComparison.Ordinal));
        }

        return target;
    }

    /// <summary>Runs the program.</summary>
    internal Task<ToolRun> RunAsync(string folder, string[] arguments, params (string Name, string? Value)[] environment)
    {
        Assert.SkipUnless(IsHere, "The Bicep package is that of Linux on x64.");
        // what stands in the environment of whoever runs the tests is not to be in the parameters
        var clean = Environment.GetEnvironmentVariables().Keys.Cast<string>()
            .Where(name => name.StartsWith("SERVERLESS_", StringComparison.Ordinal) || name.StartsWith("AZURE_", StringComparison.Ordinal))
            .ToDictionary(name => name, _ => (string?)null);
        foreach (var (name, value) in environment)
        {
            clean[name] = value;
        }

        return ToolRun.OfAsync(_program, arguments, folder, clean);
    }

    /// <summary>All findings of the linter, faults and warnings, in what main.bicep is made of.</summary>
    internal async Task<IReadOnlyList<string>> LintAsync(string folder)
    {
        var run = await RunAsync(folder, ["lint", "main.bicep", "--diagnostics-format", "sarif"]);
        using var report = JsonDocument.Parse(run.Output);
        return
        [
            .. from result in report.RootElement.GetProperty("runs")[0].GetProperty("results").EnumerateArray()
               select $"{result.GetProperty("ruleId").GetString()} {result.GetProperty("message").GetProperty("text").GetString()}",
        ];
    }

    /// <summary>Compares what a fleet would be with the committed file.</summary>
    internal Task<ToolRun> SnapshotAsync(string folder, string fleet) =>
        RunAsync(folder, ["snapshot", $"fleet.{fleet}.bicepparam", "--mode", "validate", "--subscription-id", "11111111-2222-3333-4444-555555555555", "--location", "eastus"]);

    /// <summary>What a fleet would be.</summary>
    internal async Task<Snapshot> PredictAsync(string folder, string fleet)
    {
        var run = await RunAsync(folder, ["snapshot", $"fleet.{fleet}.bicepparam", "--mode", "overwrite", "--subscription-id", "11111111-2222-3333-4444-555555555555", "--location", "eastus"]);
        Assert.True(run.Code == 0, run.Text);
        return Snapshot.Parse(await File.ReadAllTextAsync(Path.Combine(folder, $"fleet.{fleet}.snapshot.json")));
    }

    private static bool IsPart(string path) => Path.GetExtension(path) is ".bicep" or ".bicepparam" or ".json";
}
