using System.Collections.Concurrent;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.Time.Testing;
using Serverless.Client;
using Serverless.Tests.Core;
using Serverless.Tests.SelfHost;
using Serverless.Tests.SelfHost.Upstream;
using Xunit;

namespace Serverless.Tests.Client.Pool;

/// <summary>The pool with stock clients against a node.</summary>
public sealed class HubConnectionPoolTests
{
    private const int Users = 1000;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Acquire_ThousandUsers_ShareAndAreClosedWhenIdle()
    {
        await using var node = await StartAsync();
        var time = new FakeTimeProvider();
        await using var pool = new HubConnectionPool(user => UpstreamNode.Client(node, claims: $"\"nameid\":\"{user}\""), time: time);

        // both calls of a user at about the same time; not all users at once, since opening a connection has its time limits
        var leases = new ConcurrentBag<PooledConnection>();
        await Parallel.ForEachAsync(Enumerable.Range(0, 2 * Users), new ParallelOptions { MaxDegreeOfParallelism = 64, CancellationToken = Stop }, async (call, stop) =>
        {
            var lease = await pool.AcquireAsync($"user{call / 2}", stop);
            leases.Add(lease);
            Assert.Equal(call, await lease.Connection.InvokeAsync<int>("Echo", call, stop));
        }).WaitAsync(TimeSpan.FromMinutes(2), Stop);

        Assert.All(leases.GroupBy(lease => lease.Key), two => Assert.Single(two.Select(lease => lease.Connection).Distinct()));
        Assert.Equal((Users, Users, 0), (node.Connections, pool.Count, pool.IdleCount));

        foreach (var lease in leases)
        {
            lease.Dispose();
        }

        time.Advance(TimeSpan.FromSeconds(59));
        Assert.Equal((Users, Users, Users), (node.Connections, pool.Count, pool.IdleCount));
        time.Advance(TimeSpan.FromSeconds(2));
        await UntilAsync(() => node.Connections == 0 && pool.Count == 0);
    }

    [Fact]
    public async Task Acquire_NodeClosedTheConnection_GivesAnother()
    {
        await using var node = await StartAsync();
        await using var pool = new HubConnectionPool(_ => UpstreamNode.Client(node));
        await using var first = await pool.AcquireAsync("ada", Stop);
        var closed = first.Connection;

        using var answer = await node.CallAsync("DELETE", $"/api/v1/hubs/chat/connections/{closed.ConnectionId}");
        answer.EnsureSuccessStatusCode();
        await UntilAsync(() => closed.State == HubConnectionState.Disconnected);
        await using var second = await pool.AcquireAsync("ada", Stop);

        Assert.NotSame(closed, second.Connection);
        Assert.Equal(7, await second.Connection.InvokeAsync<int>("Echo", 7, Stop));
        await UntilAsync(() => node.Connections == 1 && pool.Count == 1);
    }

    [Fact]
    public async Task Acquire_NobodyListens_NamesTheKey()
    {
        await using var pool = new HubConnectionPool(_ => new HubConnectionBuilder().WithUrl("http://127.0.0.1:1/client").Build());

        var told = await Assert.ThrowsAsync<HubConnectionPoolException>(async () => await pool.AcquireAsync("ada", Stop));

        Assert.Contains("'ada'", told.Message, StringComparison.Ordinal);
        await UntilAsync(() => pool.Count == 0);
    }

    [Fact]
    public async Task Dispose_WithLeases_ClosesAll()
    {
        await using var node = await StartAsync();
        var pool = new HubConnectionPool(_ => UpstreamNode.Client(node));
        var lease = await pool.AcquireAsync("ada", Stop);
        var connection = lease.Connection;

        await pool.DisposeAsync();

        Assert.Equal(HubConnectionState.Disconnected, connection.State);
        await UntilAsync(() => node.Connections == 0);
        await lease.DisposeAsync();
        Assert.Throws<ObjectDisposedException>(() => lease.Connection);
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await pool.AcquireAsync("ada", Stop));
    }

    private static Task<Node> StartAsync() => Node.StartAsync(("Serverless:Handlers:Enabled", "true"));

    private static async Task UntilAsync(Func<bool> fact)
    {
        using var guard = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        guard.CancelAfter(Guard.Time);
        while (!fact())
        {
            await Task.Delay(10, guard.Token);
        }
    }
}
