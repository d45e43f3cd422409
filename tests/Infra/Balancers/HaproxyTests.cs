using Microsoft.AspNetCore.Http.Connections;
using Serverless.Tests.Fixtures;
using Xunit;

namespace Serverless.Tests.Infra.Balancers;

/// <summary>A real HAProxy with infra/haproxy/cookie.cfg before three real nodes.</summary>
[Collection(nameof(Nodes))]
public sealed class HaproxyTests(Nodes nodes)
{
    private const int Killed = 1;
    private const int Added = 3;

    [Fact]
    public async Task Clients_ANodeIsAddedAndOneDies_OnlyTheDeadOnesMove()
    {
        const string Hub = "haproxycookie";
        await using var haproxy = await new HaproxyServer().StartAsync([.. nodes.Addresses.Take(Added)]);
        await using var crowd = new Crowd(nodes, Hub);
        await crowd.ConnectAsync(haproxy.Url, byRoom: false);
        await crowd.ReachAllAsync(byNode: 0);

        var first = crowd.Clients.ToDictionary(client => client.Name, client => client.Cookie(haproxy.Url));
        Assert.All(["node-1", "node-2", "node-3"], node => Assert.InRange(first.Values.Count(cookie => cookie == node), 60, 150));
        await Wait.UntilAsync(() => Task.FromResult(nodes.Asked(Hub).Count >= 200), "the nodes didn't print all requests");
        Assert.All(nodes.Asked(Hub).Values, own => Assert.Single(own));

        var sockets = await nodes.WebSocketsAsync(Hub);
        Assert.All(Enumerable.Range(0, 3), node => Assert.Equal(
            crowd.Clients.Count(client => client.Transport == HttpTransportType.WebSockets && first[client.Name] == $"node-{node + 1}"), sockets[nodes.Addresses[node]]));

        await haproxy.StartAsync([.. nodes.Addresses]);
        await crowd.ReachAllAsync(byNode: Added);
        Assert.Empty(crowd.Lost);
        Assert.All(crowd.Clients, client => Assert.Equal(first[client.Name], client.Cookie(haproxy.Url)));

        await nodes[Killed].KillAsync();
        await crowd.UntilAsync(client => client.IsConnected && (client.Losses > 0 || first[client.Name] != $"node-{Killed + 1}"), "isn't back");
        await crowd.ReachAllAsync(byNode: 0);
        Assert.Equal(first.Where(own => own.Value == $"node-{Killed + 1}").Select(own => own.Key).Order(), crowd.Lost);
        Assert.All(crowd.Clients, client => Assert.Equal(client.Losses == 0, client.Cookie(haproxy.Url) == first[client.Name]));
        await crowd.DisposeAsync();
        await nodes[Killed].StartAsync();
    }

    [Theory]
    [InlineData("", "", null)]
    [InlineData("option httpchk", "option htpchk", "unknown option 'htpchk'")]
    [InlineData("default_backend nodes", "default_backend node", "unable to find required default_backend: 'node'")]
    [InlineData("    timeout client 1h\n", "", "missing timeouts for frontend 'clients'")]
    public async Task Check_ShippedConfigAndMistakes_FindsTheMistakes(string right, string wrong, string? fault)
    {
        var stop = TestContext.Current.CancellationToken;
        var folder = Directory.CreateTempSubdirectory("haproxy-").FullName;
        try
        {
            var file = Path.Combine(folder, "cookie.cfg");
            var text = HaproxyServer.Substitute(await File.ReadAllTextAsync(HaproxyServer.Shipped, stop), 8080, "127.0.0.1:5001", "127.0.0.1:5002");
            Assert.Contains(right, text, StringComparison.Ordinal);
            await File.WriteAllTextAsync(file, right.Length == 0 ? text : text.Replace(right, wrong, StringComparison.Ordinal), stop);
            var found = await HaproxyServer.FaultAsync(file);
            if (fault is null)
            {
                Assert.Null(found);
            }
            else
            {
                Assert.Contains(fault, found, StringComparison.Ordinal);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
