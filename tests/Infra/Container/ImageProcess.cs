using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using Serverless.Tests.Fixtures;
using Serverless.Tests.Infra.Azure;

namespace Serverless.Tests.Infra.Container;

/// <summary>
/// A process that starts as a container of an image would: its command, its working folder, its variables and no other but those given, its user where this process may change
/// to it, and files that the user can't write. The base image is this machine; the port is a free one, in the image's variable.
/// </summary>
internal sealed class ImageProcess : IAsyncDisposable
{
    private const string Port = "ASPNETCORE_HTTP_PORTS";
    private const UnixFileMode ReadOnlyFolder = UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _root = Directory.CreateTempSubdirectory("container-").FullName;
    private readonly StringBuilder _output = new();
    private readonly JsonObject _config;
    private readonly int _port = TestPorts.Next();
    private Process? _process;

    public ImageProcess(PushedImage image)
    {
        _config = image.Start;
        foreach (var file in image.Files)
        {
            var path = Path.Combine(_root, file.Path);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(path, file.Content);
            SetMode(path, file.Mode);
        }

        SetModeOfFolders(ReadOnlyFolder);
    }

    /// <summary>Where it listens.</summary>
    public Uri Url => new($"http://127.0.0.1:{_port}/");

    /// <summary>Variables of the container, as a Deployment sets them.</summary>
    public Dictionary<string, string> Settings { get; init; } = [];

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

    /// <summary>Starts it, and waits until <c>/health/ready</c> answers 200.</summary>
    /// <exception cref="InvalidOperationException">It isn't ready in time; the message has what it printed.</exception>
    public async Task StartAsync()
    {
        string[] entrypoint = [.. _config["Entrypoint"]!.AsArray().Select(word => word!.GetValue<string>())];
        var start = Prepared([entrypoint[0], .. entrypoint[1..].Select(InRoot)]);
        start.RedirectStandardOutput = start.RedirectStandardError = true;
        _process = Process.Start(start)!;
        _process.OutputDataReceived += Collect;
        _process.ErrorDataReceived += Collect;
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();

        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
        for (var waited = Stopwatch.StartNew(); !await IsReadyAsync(http); await Task.Delay(20))
        {
            if (_process.HasExited || waited.Elapsed > Patience)
            {
                throw new InvalidOperationException($"The image's node isn't ready. It printed:\n{Output}");
            }
        }
    }

    /// <summary>The numbers of the user that it runs as: real, effective, saved and for files.</summary>
    public string Users() => File.ReadLines($"/proc/{_process!.Id}/status").First(line => line.StartsWith("Uid:", StringComparison.Ordinal));

    /// <summary>Whether its user can make a file in the working folder.</summary>
    public async Task<bool> CanWriteAsync()
    {
        var start = Prepared(["touch", Path.Combine(InRoot(_config["WorkingDir"]!.GetValue<string>()), "written")]);
        start.RedirectStandardError = true;
        using var touch = Process.Start(start)!;
        var said = await touch.StandardError.ReadToEndAsync();
        await touch.WaitForExitAsync().WaitAsync(Patience);
        return touch.ExitCode == 0 ? true
            : said.Contains("Permission denied", StringComparison.Ordinal) ? false
            : throw new InvalidOperationException(said);
    }

    /// <summary>SIGTERM, as an orchestrator ends it.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> StopAsync()
    {
        _ = await ToolRun.OfAsync("kill", ["-TERM", $"{_process!.Id}"], "/");
        await _process.WaitForExitAsync().WaitAsync(Patience);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false })
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process?.Dispose();
        SetModeOfFolders(ReadOnlyFolder | UnixFileMode.UserWrite);
        Directory.Delete(_root, recursive: true);
    }

    private static void SetMode(string path, UnixFileMode mode)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, mode);
        }
    }

    private void SetModeOfFolders(UnixFileMode mode)
    {
        foreach (var folder in Directory.EnumerateDirectories(_root, "*", SearchOption.AllDirectories).Append(_root))
        {
            SetMode(folder, mode);
        }
    }

    private string InRoot(string path) => path.StartsWith('/') ? _root + path : path;

    private ProcessStartInfo Prepared(string[] command)
    {
        var user = _config["User"]!.GetValue<string>();
        string[] whole = Environment.IsPrivilegedProcess ? ["setpriv", $"--reuid={user}", $"--regid={user}", "--clear-groups", "--no-new-privs", .. command] : command;
        var start = new ProcessStartInfo(whole[0], whole[1..]) { WorkingDirectory = InRoot(_config["WorkingDir"]!.GetValue<string>()) };
        // the base image here is this machine: where its dotnet is stays
        var (path, dotnet) = (Environment.GetEnvironmentVariable("PATH"), Environment.GetEnvironmentVariable("DOTNET_ROOT"));
        start.Environment.Clear();
        foreach (var variable in _config["Env"]!.AsArray().Select(variable => variable!.GetValue<string>().Split('=', 2)))
        {
            start.Environment[variable[0]] = variable[0] == Port ? $"{_port}" : variable[1];
        }

        start.Environment["PATH"] = path;
        if (dotnet is not null)
        {
            start.Environment["DOTNET_ROOT"] = dotnet;
        }

        foreach (var (name, value) in Settings)
        {
            start.Environment[name] = value;
        }

        return start;
    }

    private async Task<bool> IsReadyAsync(HttpClient http)
    {
        try
        {
            using var answer = await http.GetAsync(new Uri(Url, "health/ready"));
            return answer.IsSuccessStatusCode;
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
