using System.Diagnostics;
using System.Text.Json;

namespace Serverless.Bench.Load.Compare;

/// <summary>Where things lie in this repository.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    public static string NodeDll { get; } = Path.Combine(Root, "selfhost/bin/Release/net10.0/Serverless.SelfHost.dll");

    public static string PeerDll { get; } = Path.Combine(Root, "bench/peers/signalr/bin/Release/net10.0/Serverless.Bench.SignalRPeer.dll");

    /// <summary>The commit that is checked out, with a mark when files differ from it.</summary>
    public static string Commit()
    {
        var start = new ProcessStartInfo("git", ["describe", "--always", "--dirty", "--abbrev=10"]) { WorkingDirectory = Root, RedirectStandardOutput = true };
        using var git = Process.Start(start) ?? throw new IOException("git doesn't start.");
        var commit = git.StandardOutput.ReadToEnd().Trim();
        git.WaitForExit();
        return commit;
    }

    /// <summary>Which garbage collector a built program asks for.</summary>
    public static string GarbageCollector(string dll)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(Path.ChangeExtension(dll, ".runtimeconfig.json")));
        var options = document.RootElement.GetProperty("runtimeOptions");
        return Is(options, "System.GC.Server") ? "server" : "workstation";
    }

    private static bool Is(JsonElement options, string property) =>
        options.TryGetProperty("configProperties", out var properties) && properties.TryGetProperty(property, out var value) && value.ValueKind == JsonValueKind.True;

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Directory.Packages.props")))
            {
                return folder.FullName;
            }
        }

        throw new IOException("The load program compares what is built in its repository, and doesn't stand in one.");
    }
}
