using System.Text.Json;
using Microsoft.Extensions.Logging;
using Serverless.Sharding;
using Serverless.Tests.Core.FanOut.AzureSignalR;
using Serverless.Tests.Fixtures;
using Xunit;

namespace Serverless.Tests.SelfHost.Sharding;

/// <summary>Three shards, each a node with a Redis of its own, and the file with their description.</summary>
internal sealed class FleetOfNodes : IAsyncDisposable
{
    /// <summary>The id of what a node logs that can't read the description.</summary>
    private const int Unreadable = 1801;

    private static readonly string[] Names = ["us-east", "eu-west", "ap-south"];

    private readonly string _file = Path.Combine(Path.GetTempPath(), $"fleet-{Guid.NewGuid():N}.json");
    private readonly List<RedisServer> _redis = [];
    private readonly Dictionary<string, Node> _nodes = [];
    private readonly List<RecordedMessages> _told = [];
    private readonly Dictionary<string, int> _ports = Names.ToDictionary(name => name, _ => TestPorts.Next());

    public IReadOnlyDictionary<string, Node> Nodes => _nodes;

    /// <summary>As the nodes read it.</summary>
    public FleetDescription Description { get; private set; } = FleetDescription.Parse("""[{ "name": "none", "region": "none", "endpoint": "http://localhost" }]""");

    /// <param name="weight">Of each shard.</param>
    public static async Task<FleetOfNodes> StartAsync(Func<string, double> weight)
    {
        var fleet = new FleetOfNodes();
        fleet.Describe(name => (weight(name), "active"));
        foreach (var name in Names)
        {
            var redis = new RedisServer();
            fleet._redis.Add(redis);
            await redis.StartAsync();
            fleet._nodes[name] = await Node.StartAsync(
                ("urls", $"http://127.0.0.1:{fleet._ports[name]}"),
                ("Serverless:Log:Kind", "redis"),
                ("Serverless:Log:Redis", redis.EndPoint),
                ("Serverless:Fleet:Shard", name),
                ("Serverless:Fleet:Description", fleet._file),
                ("Serverless:Fleet:CheckEvery", "00:00:00.100"),
                ("Serverless:Fleet:MovesPerSecond", "2000"),
                ("Serverless:Negotiate:AllowAnonymous", "true"),
                ("Serverless:Handlers:Enabled", "true"));
            var told = new RecordedMessages();
            fleet._nodes[name].Service<ILoggerFactory>().AddProvider(told);
            fleet._told.Add(told);
        }

        return fleet;
    }

    /// <summary>Writes the description anew.</summary>
    /// <param name="shard">Weight and state by name.</param>
    public void Describe(Func<string, (double Weight, string State)> shard)
    {
        var text = JsonSerializer.Serialize(Names.Select(name =>
        {
            var (weight, state) = shard(name);
            return new { name, region = name, endpoint = $"http://127.0.0.1:{_ports[name]}", weight, state };
        }));
        Description = FleetDescription.Parse(text);
        // whole at once, as an editor or a mounted volume does it
        File.WriteAllText($"{_file}.new", text);
        File.Move($"{_file}.new", _file, overwrite: true);
    }

    /// <summary>Writes what isn't a description, and waits until each node has met it.</summary>
    public async Task SpoilAsync()
    {
        await File.WriteAllTextAsync(_file, "[{");
        await Wait.UntilAsync(() => Task.FromResult(_told.All(told => told[Unreadable].Count > 0)), "A node doesn't say that it can't read the description.");
    }

    /// <summary>Waits until each room's clients are on its shard, and nobody is missing. The last of them may still be in their handshakes.</summary>
    public async Task UntilPlacedAsync(IReadOnlyCollection<string> rooms, int clientsPerRoom)
    {
        using var guard = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        guard.CancelAfter(TimeSpan.FromSeconds(60));
        while (Wrong(rooms, clientsPerRoom) is { } wrong)
        {
            Assert.False(guard.IsCancellationRequested, wrong);
            await Task.Delay(50, CancellationToken.None);
        }
    }

    private string? Wrong(IReadOnlyCollection<string> rooms, int clientsPerRoom)
    {
        var counts = _nodes.ToDictionary(node => node.Key, node => node.Value.Rooms.CountBy(room => room).ToDictionary());
        return rooms.SelectMany(room => counts.Select(node => (Room: room, Node: node.Key, Count: node.Value.GetValueOrDefault(room))))
            .Where(found => found.Count != (found.Node == Description.Place(found.Room)!.Name ? clientsPerRoom : 0))
            .Select(found => $"{found.Node} has {found.Count} clients of {found.Room}, which belongs to {Description.Place(found.Room)!.Name}.")
            .FirstOrDefault();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes.Values)
        {
            // in order: what its clients leave behind is stored
            await node.StopAsync();
            await node.DisposeAsync();
        }

        foreach (var redis in _redis)
        {
            await redis.DisposeAsync();
        }

        File.Delete(_file);
    }
}
