using Xunit;

namespace Serverless.Tests.Fixtures;

/// <summary>A Redis Cluster of three masters without replicas.</summary>
public sealed class RedisCluster : IAsyncLifetime
{
    // the others give up a master that stands still for longer than the timeout; nobody would take its place
    private readonly RedisServer[] _servers = [.. Enumerable.Range(0, 3).Select(_ => new RedisServer
    {
        Settings = ["--cluster-enabled", "yes", "--cluster-port", $"{TestPorts.Next()}", "--cluster-node-timeout", "15000"],
    })];

    public string EndPoints => string.Join(',', _servers.Select(server => server.EndPoint));

    /// <summary>The masters.</summary>
    public IReadOnlyList<RedisServer> Servers => _servers;

    public async ValueTask InitializeAsync()
    {
        foreach (var server in _servers)
        {
            await server.StartAsync();
        }

        await RedisServer.RunAsync("redis-cli", ["--cluster", "create", .. _servers.Select(server => server.EndPoint), "--cluster-yes"]);
        foreach (var server in _servers)
        {
            await Wait.UntilAsync(
                async () => (await server.CommandAsync("CLUSTER", "INFO")).Contains("cluster_state:ok", StringComparison.Ordinal),
                $"the cluster isn't complete at {server.EndPoint}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _servers)
        {
            await server.DisposeAsync();
        }
    }
}
