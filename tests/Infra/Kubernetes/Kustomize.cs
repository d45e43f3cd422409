using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using Serverless.Tests.Fixtures;
using Xunit;

namespace Serverless.Tests.Infra.Kubernetes;

/// <summary>Builds the overlays of infra/kubernetes, as an operator does.</summary>
internal static class Kustomize
{
    private const int NeededVersion = 4;

    private static readonly TimeSpan Guard = TimeSpan.FromSeconds(60);

    private static readonly Lazy<string?> Missing = new(FindMissing);

    private static readonly ConcurrentDictionary<string, Lazy<string>> Built = new();

    /// <summary>What would be applied. Without a kubectl that can build it, the test is skipped.</summary>
    /// <exception cref="InvalidOperationException">kubectl refused it.</exception>
    public static string Build(string overlay)
    {
        if (Missing.Value is { } reason)
        {
            Assert.Skip(reason);
        }

        return Built.GetOrAdd(overlay, name => new(() => Run("kustomize", Repository.PathOf("infra", "kubernetes", "overlays", name)))).Value;
    }

    private static string? FindMissing()
    {
        string version;
        try
        {
            using var answer = JsonDocument.Parse(Run("version", "--client", "--output=json"));
            version = answer.RootElement.TryGetProperty("kustomizeVersion", out var found) ? found.GetString()! : "";
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return $"SKIPPED: there is no kubectl on the PATH, so infra/kubernetes isn't built. Install one whose kustomize is {NeededVersion} or later.";
        }

        return int.TryParse(version.TrimStart('v').Split('.')[0], out var major) && major >= NeededVersion
            ? null
            : $"SKIPPED: kubectl's kustomize is '{version}', so infra/kubernetes isn't built. Install one whose kustomize is {NeededVersion} or later.";
    }

    private static string Run(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("kubectl", arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEndAsync();
        if (!process.WaitForExit(Guard))
        {
            process.Kill(entireProcessTree: true);
            throw new InvalidOperationException($"kubectl {arguments[0]} didn't end in {Guard.TotalSeconds} s.");
        }

        return process.ExitCode == 0 ? output.Result : throw new InvalidOperationException($"kubectl {string.Join(' ', arguments)}: {errors.Result}");
    }
}
