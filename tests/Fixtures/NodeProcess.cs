using System.Diagnostics;
using System.Net;
using System.Reflection;
using System.Text;
using Xunit;

namespace Serverless.Tests.Fixtures;

/// <summary>A real node, the program as it is shipped, on a free port of its own and with a data folder of its own. Ends only what it started.</summary>
/// <example><code>await using var node = await new NodeProcess { Log = "embedded" }.StartAsync();</code></example>
public sealed class NodeProcess : IAsyncDisposable, IAsyncLifetime
{
    /// <summary>Fits the rules for keys anywhere.</summary>
    public const string Key = "a-key-for-tests-that-has-more-than-32-bytes";

    /// <summary>What a node prints when it listens ends in a line that begins so.</summary>
    private const string LastOfBanner = "Log                ";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly StringBuilder _output = new();
    private Process? _process;

    /// <summary>The kind of log: memory, embedded or redis.</summary>
    public string Log { get; init; } = "memory";

    /// <summary>Settings, by their names in configuration: <c>Serverless:Batching:Linger</c>.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    /// <summary>Anything but Development needs a key; this one is given.</summary>
    public string Environment { get; init; } = "Development";

    /// <summary>More of the command line.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    public int Port { get; private set; } = TestPorts.Next();

    /// <summary>Where it listens, without a slash at the end.</summary>
    public string Url => $"http://127.0.0.1:{Port}";

    /// <summary>The working folder; configuration in it counts, and the embedded log stands in <c>data</c>.</summary>
    public string Folder { get; } = Directory.CreateTempSubdirectory("node-").FullName;

    /// <summary>What it printed, on both outputs.</summary>
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

    /// <summary>Only while it runs.</summary>
    public int Id => _process!.Id;

    async ValueTask IAsyncLifetime.InitializeAsync() => await StartAsync();

    /// <summary>Starts it, on the port and with the data that it had; it is ready when this returns, and has printed where things are.</summary>
    public async Task<NodeProcess> StartAsync()
    {
        var before = Output.Length;
        Launch();
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
        for (var waited = Stopwatch.StartNew(); !Output[before..].Contains(LastOfBanner, StringComparison.Ordinal) || !await IsReadyAsync(http); await Task.Delay(20))
        {
            if (_process!.HasExited || waited.Elapsed > Patience)
            {
                throw new InvalidOperationException($"The node isn't ready. It printed:\n{Output}");
            }
        }

        return this;
    }

    /// <summary>Waits until it has printed a text.</summary>
    public Task UntilPrintedAsync(string text) =>
        Wait.UntilAsync(() => Task.FromResult(Output.Contains(text, StringComparison.Ordinal)), $"The node doesn't print '{text}'.");

    /// <summary>Starts it, and waits until it has ended by itself.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> RunToEndAsync()
    {
        Launch();
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            await _process!.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            throw new InvalidOperationException($"The node doesn't end. It printed:\n{Output}");
        }

        return _process.ExitCode;
    }

    /// <summary>SIGKILL.</summary>
    public async Task KillAsync()
    {
        _process!.Kill();
        await ForgetAsync();
    }

    /// <summary>SIGTERM, and waits until it has ended.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> StopAsync()
    {
        await RedisServer.RunAsync("kill", "-TERM", $"{_process!.Id}");
        await _process.WaitForExitAsync().WaitAsync(Patience);
        var code = _process.ExitCode;
        await ForgetAsync();
        return code;
    }

    /// <summary>SIGSTOP: connections stay open, nothing is answered.</summary>
    public Task PauseAsync() => RedisServer.RunAsync("kill", "-STOP", $"{_process!.Id}");

    /// <summary>SIGCONT.</summary>
    public Task ResumeAsync() => RedisServer.RunAsync("kill", "-CONT", $"{_process!.Id}");

    public async ValueTask DisposeAsync()
    {
        if (TestContext.Current.TestState?.Result == TestResult.Failed)
        {
            TestContext.Current.TestOutputHelper?.WriteLine($"The node on port {Port} printed:\n{Output}");
        }

        if (_process is { HasExited: false })
        {
            await KillAsync();
        }

        _process?.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    private static string Program { get; } = typeof(NodeProcess).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(metadata => metadata.Key == "SelfHost").Value!;

    private void Launch()
    {
        var start = new ProcessStartInfo("dotnet", [Path.GetFullPath(Program), "serve", "--urls", Url, "--log", Log, .. Arguments])
        {
            WorkingDirectory = Folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["ASPNETCORE_ENVIRONMENT"] = Environment;
        start.Environment["Serverless__Keys__Primary"] = Key;
        foreach (var (name, value) in Settings)
        {
            start.Environment[name.Replace(":", "__", StringComparison.Ordinal)] = value;
        }

        _process = Process.Start(start) ?? throw new InvalidOperationException("The node didn't start.");
        _process.OutputDataReceived += Collect;
        _process.ErrorDataReceived += Collect;
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    private async Task ForgetAsync()
    {
        await _process!.WaitForExitAsync();
        _process.Dispose();
        _process = null;
    }

    private async Task<bool> IsReadyAsync(HttpClient http)
    {
        try
        {
            using var answer = await http.GetAsync(new Uri($"{Url}/health/ready"));
            return answer.StatusCode == HttpStatusCode.OK;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            return false;
        }
    }

    private void Collect(object sender, DataReceivedEventArgs line)
    {
        lock (_output)
        {
            _output.AppendLine(line.Data);
        }
    }
}
