using Microsoft.AspNetCore.Http.Connections;
using Serverless.Tests.Fixtures;
using Xunit;
using Xunit.Sdk;

namespace Serverless.Tests.Infra.Balancers;

/// <summary>A real nginx with each configuration of infra/nginx before three real nodes: infra/nginx/README.md says what happens here.</summary>
[Collection(nameof(Nodes))]
public sealed class NginxTests(Nodes nodes)
{
    private const int Killed = 1;
    private const int Added = 3;

    [Theory]
    [InlineData("ip-hash.conf", Affinity.Client)]
    [InlineData("cookie.conf", Affinity.Client)]
    [InlineData("session-id.conf", Affinity.Connection)]
    [InlineData("room.conf", Affinity.Client)]
    [InlineData("no-affinity.conf", Affinity.None)]
    public async Task Clients_ANodeIsAddedAndOneDies_AreWhereTheReadmeSays(string config, Affinity affinity)
    {
        var hub = $"nginx{config.Replace("-", "", StringComparison.Ordinal).Split('.')[0]}";
        await using var nginx = await new NginxServer(config).StartAsync([.. nodes.Addresses.Take(Added)]);
        await using var crowd = new Crowd(nodes, hub);
        await crowd.ConnectAsync(nginx.Url, config == "room.conf");
        await crowd.ReachAllAsync(byNode: 0);
        var asked = await AskedAsync(crowd, hub);
        var sockets = await nodes.WebSocketsAsync(hub);

        var before = await Probes.SendAsync(nginx, "before");
        var added = DateTimeOffset.UtcNow;
        await nginx.ReloadAsync([.. nodes.Addresses]);
        var after = await Probes.SendAsync(nginx, "after");
        await crowd.ReachAllAsync(byNode: Added);
        Assert.Empty(crowd.Lost);

        await nodes[Killed].KillAsync();
        await UntilBackAsync(crowd, nginx);
        await crowd.ReachAllAsync(byNode: 0);
        var lost = crowd.Lost;
        await crowd.DisposeAsync();
        await nginx.StopAsync();
        await nodes[Killed].StartAsync();

        var requests = nginx.Requests();
        AssertNodes(affinity, crowd, asked, [.. requests.Where(request => request.Began < added)]);
        AssertMoved(config, before, after);
        var ways = crowd.Clients.ToDictionary(client => client.Name, client => Ways.Of(client, requests));
        Assert.All(nodes.Addresses.Take(Added), node => Assert.InRange(ways.Values.Count(way => way.Owner == node), 30, 200));
        Assert.All(nodes.Addresses, node => Assert.Equal(
            crowd.Clients.Count(client => client.Transport == HttpTransportType.WebSockets && ways[client.Name].Through == node), sockets[node]));
        Assert.Equal(crowd.Clients.Where(client => EndsWithKilled(client, ways[client.Name])).Select(client => client.Name).Order(), lost);
        Assert.InRange(lost.Count, 30, 250);
    }

    /// <summary>The nodes that were asked by connections which aren't WebSockets, once all have printed it.</summary>
    private async Task<IReadOnlyDictionary<string, HashSet<int>>> AskedAsync(Crowd crowd, string hub)
    {
        var connections = crowd.Clients.Count(client => client.Transport != HttpTransportType.WebSockets);
        await Wait.UntilAsync(() => Task.FromResult(nodes.Asked(hub).Count >= connections), "the nodes didn't print all requests");
        var asked = nodes.Asked(hub);
        Assert.Equal(connections, asked.Count);
        return asked;
    }

    /// <summary>Waits until nginx has no connection to the dead node any more, and all whose connection ended by that have another one.</summary>
    private async Task UntilBackAsync(Crowd crowd, NginxServer nginx)
    {
        await Wait.UntilAsync(() => Task.FromResult(Sockets.OpenTo(nodes[Killed].Port) == 0), "connections to the dead node stay open");
        // what ended stands in the log now, with the node that it was at
        var requests = nginx.Requests();
        await crowd.UntilAsync(client => client.IsConnected && (client.Losses > 0 || !EndsWithKilled(client, Ways.Of(client, requests))), "isn't back");
    }

    private bool EndsWithKilled(BalancedClient client, Ways way) => way.EndsWith(nodes.Addresses[Killed], client.Transport);

    private static void AssertNodes(Affinity affinity, Crowd crowd, IReadOnlyDictionary<string, HashSet<int>> asked, IReadOnlyList<BalancedRequest> requests)
    {
        // by nginx, of all clients; by the nodes themselves, of connections that have several requests
        var met = requests
            .Where(request => request.Client.StartsWith('c') && (affinity != Affinity.Connection || !request.Path.EndsWith("negotiate", StringComparison.Ordinal)))
            .GroupBy(request => request.Client)
            .ToDictionary(own => own.Key, own => own.Select(request => request.Servers[0]).Distinct().Count());
        Assert.Equal(crowd.Clients.Count, met.Count);
        switch (affinity)
        {
            case Affinity.Client:
                Assert.All(met.Values, count => Assert.Equal(1, count));
                Assert.All(asked.Values, own => Assert.Single(own));
                break;
            case Affinity.Connection:
                // two where the connection isn't where its requests come to, and they are passed on
                Assert.All(met.Values, count => Assert.Equal(1, count));
                Assert.All(asked.Values, own => Assert.InRange(own.Count, 1, 2));
                Assert.InRange(asked.Values.Count(own => own.Count == 2), 60, 190);
                break;
            default:
                Assert.InRange(asked.Values.Count(own => own.Count > 1), 100, asked.Count);
                // what is asked of the others isn't true of any balancer
                Assert.ThrowsAny<XunitException>(() => AssertNodes(Affinity.Client, crowd, asked, requests));
                Assert.ThrowsAny<XunitException>(() => AssertNodes(Affinity.Connection, crowd, asked, requests));
                break;
        }
    }

    private void AssertMoved(string config, IReadOnlyDictionary<int, string> before, IReadOnlyDictionary<int, string> after)
    {
        var moved = before.Keys.Where(key => before[key] != after[key]).ToList();
        var toOld = moved.Count(key => after[key] != nodes.Addresses[Added]);
        var share = (double)moved.Count / Probes.Count;
        switch (config)
        {
            case "no-affinity.conf":
                Assert.Contains(nodes.Addresses[Added], after.Values);
                break;
            case "ip-hash.conf":
                Assert.InRange(share, 0.65, 0.85);
                Assert.InRange((double)toOld / Probes.Count, 0.35, 0.60);
                break;
            default:
                Assert.InRange(share, 0.12, 0.42);
                Assert.Equal(0, toOld);
                break;
        }
    }
}
