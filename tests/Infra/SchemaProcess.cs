using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Serverless.Tests.Fixtures;

namespace Serverless.Tests.Infra;

/// <summary>A script of tests/Infra/Validators that compares texts with schemas. It loads them once, when it is first asked.</summary>
public abstract class SchemaProcess(string script) : IAsyncDisposable
{
    private static readonly TimeSpan Guard = TimeSpan.FromSeconds(60);

    private readonly SemaphoreSlim _one = new(1);
    private Process? _process;
    private Task<string>? _errors;

    /// <summary>Compares a YAML text.</summary>
    /// <exception cref="InvalidOperationException">The script failed.</exception>
    public async Task<SchemaAnswer> CheckAsync(string text)
    {
        await _one.WaitAsync();
        try
        {
            var process = _process ??= Start();
            await process.StandardInput.WriteLineAsync(JsonSerializer.Serialize(new { text }));
            await process.StandardInput.FlushAsync();
            var line = await process.StandardOutput.ReadLineAsync().WaitAsync(Guard) ?? throw new InvalidOperationException($"{script} ended: {await _errors!}");
            var answer = JsonNode.Parse(line)!;
            return new([.. answer["errors"]!.AsArray().Select(error => error!.GetValue<string>())], [.. answer["documents"]!.AsArray().OfType<JsonObject>()]);
        }
        finally
        {
            _one.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        using (_one)
        using (_process)
        {
            if (_process is not null)
            {
                _process.StandardInput.Close();
                await _process.WaitForExitAsync().WaitAsync(Guard);
            }
        }
    }

    private Process Start()
    {
        var folder = Repository.PathOf("tests", "Infra", "Validators");
        if (!Directory.Exists(Path.Combine(folder, "node_modules")))
        {
            throw new InvalidOperationException("tests/Infra/Validators has no node_modules: run ./test, or 'npm ci' there.");
        }

        var process = Process.Start(new ProcessStartInfo("node", [script])
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        _errors = process.StandardError.ReadToEndAsync();
        return process;
    }
}
