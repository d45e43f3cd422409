using System.Diagnostics;
using System.Reflection;
using System.Text;
using System.Text.Json.Nodes;
using Serverless.SelfHost.LocalFleet;
using Serverless.Tests.Fixtures;

namespace Serverless.Tests.SelfHost.LocalFleet;

/// <summary>The command <c>fleet</c>, as a user runs it.</summary>
internal sealed class FleetProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly StringBuilder _output = new();
    private readonly Process _process;

    public FleetProcess(string? data = null, string? path = null)
    {
        Data = data ?? Directory.CreateTempSubdirectory("fleet-").FullName;
        var program = typeof(NodeProcess).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(metadata => metadata.Key == "SelfHost").Value!;
        var start = new ProcessStartInfo(
            Environment.ProcessPath!,
            [Path.GetFullPath(program), "fleet", "--shards", "2", "--nodes", "1", "--port", $"{Port}", "--data", Data])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["PATH"] = path ?? start.Environment["PATH"];
        _process = Process.Start(start)!;
        _process.OutputDataReceived += Collect;
        _process.ErrorDataReceived += Collect;
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public string Data { get; }

    public int Port { get; } = TestPorts.Next();

    /// <summary>What it printed.</summary>
    public string Output
    {
        get
        {
            lock (_output)
            {
                return _output.ToString();
            }
        }
    }

    /// <summary>The shards of its description.</summary>
    public IReadOnlyList<JsonNode> Shards => [.. JsonNode.Parse(File.ReadAllText(Path.Combine(Data, "fleet.json")))!.AsArray().Select(shard => shard!)];

    /// <summary>Waits until it has printed something.</summary>
    public async Task UntilPrintedAsync(string text)
    {
        for (var waited = Stopwatch.StartNew(); !Output.Contains(text, StringComparison.Ordinal); await Task.Delay(20))
        {
            if (_process.HasExited || waited.Elapsed > Patience)
            {
                throw new InvalidOperationException($"It doesn't print '{text}', but:\n{Output}");
            }
        }
    }

    /// <summary>SIGTERM.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> StopAsync()
    {
        await RedisServer.RunAsync("kill", "-TERM", $"{_process.Id}");
        return await EndAsync();
    }

    /// <summary>Waits for its end.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> EndAsync()
    {
        await _process.WaitForExitAsync().WaitAsync(Patience);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
        await ChildProcess.SignalAsync("KILL", Leftovers.In(Data));
        await Wait.UntilAsync(() => Task.FromResult(Leftovers.In(Data).Count == 0), "processes of the fleet are left");
        Directory.Delete(Data, recursive: true);
    }

    private void Collect(object sender, DataReceivedEventArgs line)
    {
        lock (_output)
        {
            _output.AppendLine(line.Data);
        }
    }
}
