using System.Collections.Concurrent;
using Microsoft.AspNetCore.SignalR.Client;
using Serverless.Tests.Fixtures;
using Xunit;

namespace Serverless.Tests.Services;

/// <summary>Each client that goes leaves its rooms, whatever else ends with it. Two nodes run the services over one Redis; who stays at the second sees who goes from the first.</summary>
public sealed class PresenceEndTests : IAsyncLifetime
{
    private const string Hub = "rooms";

    private readonly RedisServer _redis = new() { Settings = ["--appendonly", "yes", "--appendfsync", "always"] };
    private readonly ConcurrentDictionary<string, int> _left = new();
    private NodeProcess _first = null!;
    private NodeProcess _second = null!;
    private HubConnection _stays = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await _redis.StartAsync();
        _first = await New().StartAsync();
        _second = await New().StartAsync();
        _stays = await ServiceNode.ConnectAsync(_second, Hub, "stays", "json", connection => connection.On<string, ServiceTests.Member>(
            "presence-left", (room, member) => _left.AddOrUpdate($"{room} {member.User}", 1, (_, times) => times + 1)));
        await _stays.InvokeAsync<object>("presence-join", "room", 1, Stop);
    }

    public async ValueTask DisposeAsync()
    {
        await _stays.DisposeAsync();
        await _second.DisposeAsync();
        await _first.DisposeAsync();
        await _redis.DisposeAsync();
    }

    /// <summary>The node's end is all that remains for telling it, and takes longer than the clients do.</summary>
    [Fact]
    public async Task Stop_NodeWithManyClientsWhileTheLogIsAway_EachLeavesOnce()
    {
        const int Count = 200;
        var going = new List<HubConnection>();
        for (var i = 0; i < Count; i++)
        {
            going.Add(await JoinAsync($"user {i}"));
        }

        await _redis.KillAsync();
        var stopping = _first.StopAsync();
        await UntilNotStoredAsync();
        await _redis.StartAsync();
        Assert.Equal(0, await stopping);
        await Wait.UntilAsync(() => Task.FromResult(_left.Count >= Count), "somebody is still in the room");
        Assert.Equal(Enumerable.Range(0, Count).Select(i => $"room user {i}").Order(StringComparer.Ordinal), _left.Keys.Order(StringComparer.Ordinal));
        Assert.All(_left.Values, times => Assert.Equal(1, times));
        foreach (var connection in going)
        {
            await connection.DisposeAsync();
        }
    }

    [Fact]
    public async Task Gone_WhileTheLogIsAway_LeavesOnceItIsBack()
    {
        var ada = await JoinAsync("ada");
        await _redis.KillAsync();
        var leaving = ada.DisposeAsync();
        await UntilNotStoredAsync();
        await _redis.StartAsync();

        await Wait.UntilAsync(() => Task.FromResult(_left.ContainsKey("room ada")), $"ada is still in the room:\n{_first.Output}");
        await leaving;
    }

    private Task UntilNotStoredAsync() => Wait.UntilAsync(
        () => Task.FromResult(_first.Output.Contains("closed couldn't be stored", StringComparison.Ordinal)), "the end of a connection was stored without Redis");

    private NodeProcess New() => new()
    {
        Log = "redis",
        Arguments = ["--redis", _redis.EndPoint],
        Settings = new Dictionary<string, string> { ["Serverless:Handlers:Enabled"] = "true" },
        Environment = "Production",
    };

    private async Task<HubConnection> JoinAsync(string user)
    {
        var connection = await ServiceNode.ConnectAsync(_first, Hub, user, "json");
        await connection.InvokeAsync<object>("presence-join", "room", 1, Stop);
        return connection;
    }
}
