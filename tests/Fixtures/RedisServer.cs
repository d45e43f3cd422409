using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Xunit;

namespace Serverless.Tests.Fixtures;

/// <summary>A real <c>redis-server</c> on a free port, in a folder of its own. Ends only what it started.</summary>
public sealed class RedisServer : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private Process? _process;

    public RedisServer() => Directory.CreateDirectory(Folder);

    /// <summary>More of redis.conf's settings, as on the command line: <c>--appendonly yes</c>.</summary>
    public IReadOnlyList<string> Settings { get; init; } = [];

    public int Port { get; private set; } = TestPorts.Next();

    public string EndPoint => $"127.0.0.1:{Port}";

    public string Folder { get; } = Path.Combine(Path.GetTempPath(), $"redis-{Guid.NewGuid():N}");

    /// <summary>The append-only file that is written to now.</summary>
    public string AppendOnlyFile => Directory.GetFiles(Path.Combine(Folder, "appendonlydir"), "*.incr.aof").Single();

    public async ValueTask InitializeAsync() => await StartAsync();

    /// <summary>Starts it, on the port and with the data that it had; answers commands when this returns.</summary>
    public async Task StartAsync()
    {
        string[] arguments =
        [
            "--port", $"{Port}", "--bind", "127.0.0.1", "--dir", Folder, "--logfile", Path.Combine(Folder, "redis.log"), "--save", "",
            "--enable-debug-command", "yes", "--repl-diskless-sync-delay", "0", .. Settings,
        ];
        _process = Process.Start(new ProcessStartInfo("redis-server", arguments) { UseShellExecute = false })
            ?? throw new InvalidOperationException("redis-server didn't start: install it (apt-get install redis-server).");
        var started = Stopwatch.StartNew();
        while (!await AnswersAsync())
        {
            if (_process.HasExited || started.Elapsed > Patience)
            {
                throw new InvalidOperationException($"redis-server on port {Port} gives no PONG. Its log:\n{Log()}");
            }

            await Task.Delay(20);
        }
    }

    /// <summary>SIGKILL.</summary>
    public async Task KillAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _process = null;
    }

    /// <summary>Kills it and starts it again.</summary>
    public async Task RestartAsync()
    {
        await KillAsync();
        await StartAsync();
    }

    /// <summary>SIGSTOP: connections stay open, nothing is answered.</summary>
    public Task PauseAsync() => RunAsync("kill", "-STOP", $"{_process!.Id}");

    /// <summary>SIGCONT.</summary>
    public Task ResumeAsync() => RunAsync("kill", "-CONT", $"{_process!.Id}");

    /// <summary>Runs a command with redis-cli and gives its answer.</summary>
    public Task<string> CommandAsync(params string[] command) => RunAsync("redis-cli", ["-p", $"{Port}", .. command]);

    /// <summary>Makes it a replica, and waits until it has what the master has.</summary>
    public async Task ReplicateAsync(RedisServer master)
    {
        await CommandAsync("REPLICAOF", "127.0.0.1", $"{master.Port}");
        await Wait.UntilAsync(
            async () => (await CommandAsync("INFO", "replication")).Contains("master_link_status:up", StringComparison.Ordinal),
            $"the replica on port {Port} has no link to its master");
    }

    /// <summary>Waits until this replica has all that its master has now. (<c>WAIT</c> answers for the writes of its own connection only.)</summary>
    public async Task CatchUpAsync(RedisServer master)
    {
        var due = await OffsetAsync(master, "master_repl_offset");
        await Wait.UntilAsync(async () => await OffsetAsync(this, "slave_repl_offset") >= due, $"the replica on port {Port} lags");

        static async Task<long> OffsetAsync(RedisServer server, string field) => long.Parse(
            (await server.CommandAsync("INFO", "replication")).Split('\n').Single(line => line.StartsWith($"{field}:", StringComparison.Ordinal)).Split(':')[1]);
    }

    /// <summary>Cuts the append-only file of a server that isn't running.</summary>
    public void CutAppendOnlyFile(long length)
    {
        using var file = new FileStream(AppendOnlyFile, FileMode.Open);
        Assert.InRange(length, 1, file.Length);
        file.SetLength(length);
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false })
        {
            await KillAsync();
        }

        Directory.Delete(Folder, recursive: true);
    }

    internal static async Task<string> RunAsync(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)
            ?? throw new InvalidOperationException($"{program} didn't start.");
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        var text = await output + await error;
        return process.ExitCode == 0 ? await output : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)}: {text}");
    }

    private async Task<bool> AnswersAsync()
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(IPAddress.Loopback, Port);
            await using var stream = client.GetStream();
            await stream.WriteAsync("PING\r\n"u8.ToArray());
            var answer = new byte[64];
            var length = await stream.ReadAsync(answer);
            return answer.AsSpan(0, length).StartsWith("+PONG"u8);
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            return false;
        }
    }

    private string Log() => File.Exists(Path.Combine(Folder, "redis.log")) ? File.ReadAllText(Path.Combine(Folder, "redis.log")) : "(none)";
}
