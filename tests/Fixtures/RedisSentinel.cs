using System.Diagnostics;
using Xunit;

namespace Serverless.Tests.Fixtures;

/// <summary>A master, its replica, and a real sentinel that watches both. Ends only what it started.</summary>
public sealed class RedisSentinel : IAsyncLifetime
{
    private readonly RedisServer _first = new() { Settings = ["--appendonly", "yes", "--appendfsync", "always"] };
    private readonly RedisServer _second = new() { Settings = ["--appendonly", "yes", "--appendfsync", "always"] };
    private readonly int _port = TestPorts.Next();
    private Process? _sentinel;

    /// <summary>What a node connects with.</summary>
    public string Configuration => $"127.0.0.1:{_port},serviceName=streams";

    public RedisServer First => _first;

    public async ValueTask InitializeAsync()
    {
        await _first.InitializeAsync();
        await _second.InitializeAsync();
        await _second.ReplicateAsync(_first);
        var file = Path.Combine(_first.Folder, "sentinel.conf");
        await File.WriteAllTextAsync(file, $"""
            port {_port}
            bind 127.0.0.1
            dir {_first.Folder}
            logfile {Path.Combine(_first.Folder, "sentinel.log")}
            sentinel monitor streams 127.0.0.1 {_first.Port} 1
            sentinel down-after-milliseconds streams 2000
            sentinel failover-timeout streams 10000
            """);
        _sentinel = Process.Start(new ProcessStartInfo("redis-server", [file, "--sentinel"]) { UseShellExecute = false });
        await Wait.UntilAsync(KnowsReplicaAsync, "the sentinel doesn't know the replica");
    }

    /// <summary>Waits until the replica has what the master has.</summary>
    public Task WaitForReplicaAsync() => _second.CatchUpAsync(_first);

    public async ValueTask DisposeAsync()
    {
        if (_sentinel is not null)
        {
            _sentinel.Kill();
            await _sentinel.WaitForExitAsync();
            _sentinel.Dispose();
        }

        await _first.DisposeAsync();
        await _second.DisposeAsync();
    }

    private async Task<bool> KnowsReplicaAsync()
    {
        try
        {
            var replicas = await RedisServer.RunAsync("redis-cli", ["-p", $"{_port}", "SENTINEL", "REPLICAS", "streams"]);
            return replicas.Contains($"{_second.Port}", StringComparison.Ordinal) && !replicas.Contains("s_down", StringComparison.Ordinal);
        }
        catch (InvalidOperationException)
        {
            // it is starting
            return false;
        }
    }
}
