using System.Diagnostics;

namespace Serverless.Tests.Infra.Azure;

/// <summary>What a program did: its exit code, and what it printed.</summary>
internal sealed record ToolRun(int Code, string Output, string Errors)
{
    private static readonly TimeSpan Guard = TimeSpan.FromSeconds(120);

    /// <summary>Both outputs, for messages.</summary>
    public string Text => $"{Output}{Errors}";

    /// <summary>Runs a program to its end. Variables are set beside those of this process; null takes one away. Without <paramref name="patience"/> it has 2 minutes.</summary>
    /// <exception cref="InvalidOperationException">It didn't end.</exception>
    public static async Task<ToolRun> OfAsync(string program, IEnumerable<string> arguments, string folder, IReadOnlyDictionary<string, string?>? environment = null,
        TimeSpan? patience = null)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in environment ?? new Dictionary<string, string?>())
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        using var guard = new CancellationTokenSource(patience ?? Guard);
        try
        {
            await process.WaitForExitAsync(guard.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new InvalidOperationException($"{program} didn't end in {(patience ?? Guard).TotalSeconds} s: {await output}{await errors}");
        }

        return new(process.ExitCode, await output, await errors);
    }
}
