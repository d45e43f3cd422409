using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Tests.Core.Sharding;
using Serverless.Tests.Fixtures;
using Serverless.Tests.SelfHost.Security;
using Xunit;

namespace Serverless.Tests.SelfHost.Sharding;

/// <summary>A hub of four streams over two node processes and one Redis: clients notice nothing of it.</summary>
public sealed class SeveralStreamsTests : IAsyncLifetime
{
    private const int Clients = 24;

    private readonly RedisServer _redis = new();
    private readonly NodeProcess[] _nodes = new NodeProcess[2];
    private readonly ConcurrentDictionary<int, ConcurrentQueue<string>> _received = new();
    private readonly List<HubConnection> _clients = [];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await _redis.StartAsync();
        for (var i = 0; i < _nodes.Length; i++)
        {
            _nodes[i] = new()
            {
                Log = "redis",
                Arguments = ["--redis", _redis.EndPoint],
                Settings = new Dictionary<string, string>
                {
                    ["Serverless:Sharding:Hubs:0:Name"] = "chat",
                    ["Serverless:Sharding:Hubs:0:Streams"] = "4",
                    ["Serverless:Sharding:Hubs:1:Name"] = "local",
                    ["Serverless:Sharding:Hubs:1:Streams"] = "4",
                    ["Serverless:Sharding:Hubs:1:LocalGroups"] = "true",
                },
            };
            await _nodes[i].StartAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_clients.Select(client => client.DisposeAsync().AsTask()));
        foreach (var node in _nodes)
        {
            await node.DisposeAsync();
        }

        await _redis.DisposeAsync();
    }

    [Fact]
    public async Task Clients_OfAllStreams_AreOneHub()
    {
        for (var i = 0; i < Clients; i++)
        {
            await ConnectAsync(i, "chat", $"user=u{i % 12}");
        }

        await Task.WhenAll(_clients.Select(client => client.InvokeAsync("JoinGroup", "g", Stop)));
        await Task.WhenAll(_clients.Select((client, i) => client.InvokeAsync("SendToGroup", "g", "said", $"group {i}", Stop)));
        using var all = await CallAsync(0, HttpMethod.Post, "", Said("all"));
        Assert.Equal(HttpStatusCode.Accepted, all.StatusCode);
        await _clients[0].InvokeAsync("SendToUser", "u5", "said", "user", Stop);
        using var one = await CallAsync(1, HttpMethod.Post, $"/connections/{_clients[7].ConnectionId}", Said("one"));
        Assert.Equal(HttpStatusCode.Accepted, one.StatusCode);
        for (var i = 0; i < Clients; i++)
        {
            List<string> expected = [.. Enumerable.Range(0, Clients).Select(sender => $"group {sender}"), "all"];
            if (i % 12 == 5)
            {
                expected.Add("user");
            }

            if (i == 7)
            {
                expected.Add("one");
            }

            await UntilAsync(i, expected);
        }

        await ExistsAsync($"/connections/{_clients[9].ConnectionId}", HttpStatusCode.OK);
        await ExistsAsync("/groups/g", HttpStatusCode.OK);
        await ExistsAsync("/users/u11", HttpStatusCode.OK);
        await ExistsAsync("/users/u11/groups/g", HttpStatusCode.OK);
        await ExistsAsync("/users/u12", HttpStatusCode.NotFound);

        // presence: who is in the room, over all streams; a user's membership, in all streams; a result of a client wherever it is
        await Task.WhenAll(_clients.Select((client, i) => client.InvokeAsync<JsonElement>("presence-join", "room", i, Stop)));
        Assert.Equal(Clients, (await _clients[3].InvokeAsync<JsonElement>("presence-users", "room", Stop)).GetArrayLength());
        using var joined = await CallAsync(0, HttpMethod.Put, "/groups/h/users/u4", null);
        Assert.True(joined.IsSuccessStatusCode);
        using var taken = await CallAsync(0, HttpMethod.Put, $"/groups/h/connections/{_clients[1].ConnectionId}", null);
        Assert.True(taken.IsSuccessStatusCode);
        using var toH = await CallAsync(1, HttpMethod.Post, "/groups/h", Said("h"));
        foreach (var i in (int[])[1, 4, 16])
        {
            await UntilHasAsync(i, "h");
        }

        Assert.DoesNotContain("h", _received[2]);
    }

    [Fact]
    public async Task Node_KilledWhileItCopies_LosesNothing()
    {
        const int count = 300;
        // the first node has copied from the start; its clients go with it
        for (var i = 0; i < Clients; i++)
        {
            await ConnectAsync(i, "chat", $"user=u{i}", node: 1);
        }

        for (var sent = 0; sent < count; sent++)
        {
            using var answer = await CallAsync(sent < count / 2 ? sent % 2 : 1, HttpMethod.Post, "", Said($"{sent}"));
            Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
            if (sent == (count / 2) - 1)
            {
                await _nodes[0].KillAsync();
            }
        }

        for (var i = 0; i < Clients; i++)
        {
            await UntilHasAsync(i, $"{count - 1}");
            Assert.Equal(Enumerable.Range(0, count).Select(sent => $"{sent}"), _received[i]);
        }
    }

    [Fact]
    public async Task LocalGroup_FromAnotherShard_IsRefused()
    {
        await ConnectAsync(0, "local", "user=ada&room=design");
        await ConnectAsync(1, "local", "user=bob&room=design");
        await Task.WhenAll(_clients.Select(client => client.InvokeAsync("JoinGroup", "design", Stop)));
        var elsewhere = Senders.Several("local", 4);
        var far = Enumerable.Range(0, 100).Select(i => $"room-{i}").First(room => elsewhere.Place("local", room) != elsewhere.Place("local", "design"));
        await ConnectAsync(2, "local", $"user=eve&room={far}");
        var refused = await Assert.ThrowsAsync<HubException>(() => _clients[2].InvokeAsync("JoinGroup", "design", Stop));
        Assert.Contains("wrong-shard", refused.Message, StringComparison.Ordinal);
        using var byRest = await CallAsync(0, HttpMethod.Put, $"/groups/design/connections/{_clients[2].ConnectionId}", null, "local");
        Assert.Equal(HttpStatusCode.BadRequest, byRest.StatusCode);

        // sending needs no place
        await _clients[2].InvokeAsync("SendToGroup", "design", "said", "hello", Stop);
        await UntilAsync(0, ["hello"]);
        await UntilAsync(1, ["hello"]);
        Assert.False(_received.TryGetValue(2, out var received) && !received.IsEmpty);
    }

    private async Task ConnectAsync(int index, string hub, string query, int? node = null)
    {
        var client = new HubConnectionBuilder()
            .WithUrl($"{_nodes[node ?? (index % _nodes.Length)].Url}/api?hub={hub}&{query}")
            .AddJsonProtocol()
            .Build();
        _received[index] = [];
        client.On<string>("said", text => _received[index].Enqueue(text));
        _clients.Add(client);
        await client.StartAsync(Stop);
    }

    /// <summary>In any order, each once.</summary>
    private async Task UntilAsync(int client, List<string> expected)
    {
        using var guard = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        guard.CancelAfter(TimeSpan.FromSeconds(30));
        while (_received[client].Count < expected.Count && !guard.IsCancellationRequested)
        {
            await Task.Delay(20, CancellationToken.None);
        }

        Assert.Equal(expected.Order(StringComparer.Ordinal), _received[client].Order(StringComparer.Ordinal));
    }

    private Task UntilHasAsync(int client, string text) =>
        Wait.UntilAsync(() => Task.FromResult(_received[client].Contains(text)), $"Client {client} doesn't get '{text}'.");

    private static object Said(string text) => new { target = "said", arguments = (string[])[text] };

    private async Task ExistsAsync(string path, HttpStatusCode expected)
    {
        using var answer = await CallAsync(0, HttpMethod.Head, path, null);
        Assert.Equal(expected, answer.StatusCode);
    }

    private async Task<HttpResponseMessage> CallAsync(int node, HttpMethod method, string path, object? body, string hub = "chat")
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(method, $"{_nodes[node].Url}/api/v1/hubs/{hub}{path}") { Content = body is null ? null : JsonContent.Create(body) };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Jwt.ForApi($"http://localhost/api/v1/hubs/{hub}{path}", NodeProcess.Key));
        return await http.SendAsync(request, Stop);
    }
}
