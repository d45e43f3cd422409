using Xunit;

[assembly: AssemblyFixture(typeof(Serverless.Tests.Fixtures.Topologies))]

namespace Serverless.Tests.Fixtures;

/// <summary>The ways in which nodes stand together; each is started when the first test asks, and shared by all, which use hubs of their own.</summary>
public sealed class Topologies : IAsyncDisposable
{
    private readonly Lazy<Task<NodeProcess>> _single = new(() => new NodeProcess { Log = "embedded" }.StartAsync());
    private readonly Lazy<Task<TwoNodes>> _two = new(TwoNodes.StartAsync);

    /// <summary>Where clients connect to.</summary>
    public async Task<string> UrlAsync(Topology topology) => topology switch
    {
        Topology.OneNode => (await _single.Value).Url,
        Topology.TwoNodes => (await _two.Value).Proxy.Url,
        _ => throw new ArgumentOutOfRangeException(nameof(topology)),
    };

    public async ValueTask DisposeAsync()
    {
        if (_single.IsValueCreated)
        {
            await (await _single.Value).DisposeAsync();
        }

        if (_two.IsValueCreated)
        {
            await (await _two.Value).DisposeAsync();
        }
    }

    private sealed record TwoNodes(RedisServer Redis, NodeProcess First, NodeProcess Second, RoundRobinProxy Proxy) : IAsyncDisposable
    {
        public static async Task<TwoNodes> StartAsync()
        {
            var redis = new RedisServer();
            await redis.StartAsync();
            var first = await OnRedis(redis).StartAsync();
            var second = await OnRedis(redis).StartAsync();
            return new(redis, first, second, await RoundRobinProxy.StartAsync(first.Url, second.Url));
        }

        private static NodeProcess OnRedis(RedisServer redis) => new() { Log = "redis", Arguments = ["--redis", redis.EndPoint] };

        public async ValueTask DisposeAsync()
        {
            await Proxy.DisposeAsync();
            await First.DisposeAsync();
            await Second.DisposeAsync();
            await Redis.DisposeAsync();
        }
    }
}

/// <summary>How nodes stand together.</summary>
public enum Topology
{
    /// <summary>One, with the embedded log.</summary>
    OneNode,

    /// <summary>Two with one Redis, behind a balancer that sends each request to the other.</summary>
    TwoNodes,
}
