using System.Diagnostics;

namespace Serverless.Bench.Load.Compare;

/// <summary>A process that this one started, and ends: on disposal, and at the latest when this process exits.</summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    private const int KeptLines = 40;

    private readonly Process _process;
    private readonly Queue<string> _lastLines = [];

    private ChildProcess(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        AppDomain.CurrentDomain.ProcessExit += OnExit;
    }

    public int Id => _process.Id;

    /// <summary>Starts a program.</summary>
    /// <param name="program">Found by PATH.</param>
    /// <param name="arguments">Each as it is.</param>
    /// <param name="folder">Its working folder.</param>
    /// <param name="environment">Added to this process's own.</param>
    /// <exception cref="IOException">It doesn't start.</exception>
    public static ChildProcess Start(string program, IEnumerable<string> arguments, string folder, IReadOnlyDictionary<string, string> environment)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        try
        {
            return new(Process.Start(start) ?? throw new IOException($"{program} doesn't start."));
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new IOException($"{program} doesn't start: {e.Message}. Is it installed?", e);
        }
    }

    /// <summary>Waits until the process serves.</summary>
    /// <param name="serves">Whether it does; an <see cref="IOException"/> or <see cref="HttpRequestException"/> means not yet.</param>
    /// <param name="stop">Ends the wait.</param>
    /// <exception cref="IOException">It ended, or doesn't serve within 30 s; the message has its last lines.</exception>
    public async Task UntilServingAsync(Action serves, CancellationToken stop)
    {
        var began = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                serves();
                return;
            }
            catch (Exception e) when (e is IOException or HttpRequestException or System.Net.Sockets.SocketException)
            {
                if (_process.HasExited || Stopwatch.GetElapsedTime(began) > TimeSpan.FromSeconds(30))
                {
                    var state = _process.HasExited ? $"ended with {_process.ExitCode}" : "doesn't serve";
                    throw new IOException($"{_process.StartInfo.FileName} {string.Join(' ', _process.StartInfo.ArgumentList)} {state}: {e.Message}\n{LastLines()}", e);
                }
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), stop);
        }
    }

    public string LastLines()
    {
        lock (_lastLines)
        {
            return string.Join('\n', _lastLines);
        }
    }

    public async ValueTask DisposeAsync()
    {
        AppDomain.CurrentDomain.ProcessExit -= OnExit;
        Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private void OnExit(object? sender, EventArgs e) => Kill();

    private void Kill()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }
    }

    private void Keep(string? line)
    {
        lock (_lastLines)
        {
            if (line is not null)
            {
                _lastLines.Enqueue(line);
            }

            if (_lastLines.Count > KeptLines)
            {
                _lastLines.Dequeue();
            }
        }
    }
}
