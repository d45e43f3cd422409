using System.Diagnostics;
using System.Text.Json;

namespace Serverless.Tests.Fixtures;

/// <summary>A script of tests/Clients that runs while the test does things to its node, and prints events as lines of JSON.</summary>
internal sealed class NodeJsScript : IAsyncDisposable
{
    private static readonly TimeSpan Guard = TimeSpan.FromSeconds(120);

    private readonly Process _process;
    private readonly Task<string> _errors;

    private NodeJsScript(Process process) => (_process, _errors) = (process, process.StandardError.ReadToEndAsync());

    public static NodeJsScript Start(string script, params string[] arguments) => new(Process.Start(new ProcessStartInfo("node", [script, .. arguments])
    {
        WorkingDirectory = NodeJs.Folder,
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    })!);

    /// <summary>The next event and its detail.</summary>
    public async Task<(string Event, string? Detail)> NextAsync()
    {
        var line = await _process.StandardOutput.ReadLineAsync().WaitAsync(Guard)
            ?? throw new InvalidOperationException($"The script ended: {await _errors}");
        using var json = JsonDocument.Parse(line);
        return (json.RootElement.GetProperty("event").GetString()!, json.RootElement.GetProperty("detail").GetString());
    }

    /// <summary>Gives it a line of input.</summary>
    public async Task WriteAsync(string line)
    {
        await _process.StandardInput.WriteLineAsync(line);
        await _process.StandardInput.FlushAsync();
    }

    /// <summary>Ends it in order.</summary>
    public async ValueTask DisposeAsync()
    {
        using (_process)
        {
            _process.StandardInput.Close();
            using var guard = new CancellationTokenSource(Guard);
            try
            {
                await _process.WaitForExitAsync(guard.Token);
            }
            catch (OperationCanceledException)
            {
                _process.Kill(entireProcessTree: true);
                throw new InvalidOperationException($"The script didn't end in {Guard.TotalSeconds} s.");
            }
        }
    }
}
