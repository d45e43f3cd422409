using System.Diagnostics;

namespace Serverless.Tests.Fixtures;

/// <summary>Runs the scripts of tests/Clients, which use the stock JavaScript client.</summary>
internal static class NodeJs
{
    private static readonly TimeSpan Guard = TimeSpan.FromSeconds(60);

    /// <summary>Where the scripts and their packages are.</summary>
    /// <exception cref="InvalidOperationException">The packages aren't there.</exception>
    public static string Folder => Repository.PathOf("tests", "Clients") is var folder && Directory.Exists(Path.Combine(folder, "node_modules"))
        ? folder
        : throw new InvalidOperationException("tests/Clients has no node_modules: run ./test, or 'npm ci' there.");

    /// <summary>Runs a script to its end.</summary>
    /// <returns>What it printed.</returns>
    /// <exception cref="InvalidOperationException">It failed; the message holds its output.</exception>
    public static async Task<string> RunAsync(string script, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("node", [script, .. arguments])
        {
            WorkingDirectory = Folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        using var guard = new CancellationTokenSource(Guard);
        try
        {
            await process.WaitForExitAsync(guard.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new InvalidOperationException($"{script} didn't end in {Guard.TotalSeconds} s: {await output}{await errors}");
        }

        return process.ExitCode == 0 ? await output : throw new InvalidOperationException($"{script} ended with {process.ExitCode}: {await output}{await errors}");
    }
}
