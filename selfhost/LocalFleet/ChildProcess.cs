using System.Diagnostics;

namespace Serverless.SelfHost.LocalFleet;

/// <summary>A process that the fleet started. Its output goes to a file; the last lines are kept.</summary>
internal sealed class ChildProcess : IDisposable
{
    private const int MaxLines = 15;

    private static readonly TimeSpan TimeToEnd = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan TimeForOutput = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly Queue<string> _lines = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Process _process;
    private readonly StreamWriter _log;
    private readonly TimeProvider _time;
    private bool _closed;

    private ChildProcess(string name, Process process, string log, TimeProvider time)
    {
        (Name, _process, _time) = (name, process, time);
        _log = new(log) { AutoFlush = true };
        process.EnableRaisingEvents = true;
        process.Exited += (_, _) => _ = EndAsync();
        process.OutputDataReceived += Keep;
        process.ErrorDataReceived += Keep;
    }

    public string Name { get; }

    public int Id { get; private set; }

    /// <summary>Completes when it has ended.</summary>
    public Task Ended => _ended.Task;

    /// <summary>How it ended, and what it printed last.</summary>
    public string LastWords
    {
        get
        {
            lock (_lock)
            {
                return $"{Name} (process {Id}) ended with {_process.ExitCode}. Its last words:{Environment.NewLine}{string.Join(Environment.NewLine, _lines.Select(line => $"  {line}"))}";
            }
        }
    }

    /// <param name="name">As it is called to the user.</param>
    /// <param name="command">The program and its arguments.</param>
    /// <param name="folder">Its working folder; its output goes to the file beside it that is called like it. Made when missing.</param>
    /// <param name="environment">Variables besides those of this process.</param>
    /// <param name="time">For waiting.</param>
    public static ChildProcess Start(
        string name, IReadOnlyList<string> command, string folder, IEnumerable<KeyValuePair<string, string>> environment, TimeProvider time)
    {
        Directory.CreateDirectory(folder);
        var start = new ProcessStartInfo(command[0], command.Skip(1)) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (variable, value) in environment)
        {
            start.Environment[variable] = value;
        }

        var child = new ChildProcess(name, new() { StartInfo = start }, $"{folder}.log", time);
        child._process.Start();
        child.Id = child._process.Id;
        child._process.BeginOutputReadLine();
        child._process.BeginErrorReadLine();
        return child;
    }

    /// <summary>Has all of them end by themselves, and kills those that don't within 10 s.</summary>
    public static async Task StopAsync(IReadOnlyCollection<ChildProcess> children, TimeProvider time)
    {
        var running = children.Where(child => !child.Ended.IsCompleted).ToList();
        if (running.Count == 0)
        {
            return;
        }

        await SignalAsync("TERM", running.Select(child => child.Id));
        try
        {
            await Task.WhenAll(running.Select(child => child.Ended)).WaitAsync(TimeToEnd, time);
        }
        catch (TimeoutException)
        {
            foreach (var child in running.Where(child => !child.Ended.IsCompleted))
            {
                child._process.Kill(entireProcessTree: true);
                await child.Ended;
            }
        }
    }

    /// <summary>Sends a signal; those that have ended don't count.</summary>
    public static async Task SignalAsync(string signal, IEnumerable<int> ids)
    {
        // .NET can't; each shell can
        using var kill = Process.Start("sh", ["-c", $"kill -{signal} \"$@\" 2>/dev/null", "sh", .. ids.Select(id => $"{id}")]);
        await kill.WaitForExitAsync(CancellationToken.None);
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _closed = true;
            _log.Dispose();
        }

        _process.Dispose();
    }

    /// <summary>It counts as ended when its output is read, which processes of its own may hold open.</summary>
    private async Task EndAsync()
    {
        try
        {
            using var late = new CancellationTokenSource(TimeForOutput, _time);
            await _process.WaitForExitAsync(late.Token);
        }
        catch (OperationCanceledException)
        {
            // the rest of the output comes later, or never
        }
        finally
        {
            _ended.TrySetResult();
        }
    }

    private void Keep(object sender, DataReceivedEventArgs line)
    {
        lock (_lock)
        {
            if (line.Data is null || _closed)
            {
                return;
            }

            _log.WriteLine(line.Data);
            _lines.Enqueue(line.Data);
            if (_lines.Count > MaxLines)
            {
                _lines.Dequeue();
            }
        }
    }
}
