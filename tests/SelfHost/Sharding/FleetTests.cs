using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.SignalR.Client;
using Serverless.Tests.Fixtures;
using Xunit;

namespace Serverless.Tests.SelfHost.Sharding;

/// <summary>Three shards on loopback and stock clients, which ask any of them first.</summary>
public sealed class FleetTests
{
    private const int RoomCount = 200;
    private const int PerRoom = 5;

    private static readonly string[] Rooms = [.. Enumerable.Range(0, RoomCount).Select(room => $"room-{room}")];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Fleet_Changes_MoveTheirRoomsAlone()
    {
        await using var fleet = await FleetOfNodes.StartAsync(name => name == "ap-south" ? 0 : 1);
        var clients = await ConnectAsync(fleet);
        try
        {
            await UntilSettledAsync(fleet, clients);
            Assert.Empty(fleet.Nodes["ap-south"].Rooms);
            Assert.Equal(RoomCount * PerRoom, fleet.Nodes.Values.Sum(node => node.Rooms.Count));

            // weight 0 to 1: about a third comes to the new shard, nobody else moves
            await ChangeAsync(fleet, clients, _ => (1, "active"), 0.33, to: "ap-south");

            // draining: its own move, nobody else
            await ChangeAsync(fleet, clients, name => (1, name == "us-east" ? "draining" : "active"), 0.33, from: "us-east");
            Assert.Empty(fleet.Nodes["us-east"].Rooms);

            // nonsense changes nothing; what is right afterwards counts again
            await SpoilAsync(fleet, clients);
            await ChangeAsync(fleet, clients, _ => (1, "active"), 0.33, to: "us-east");
        }
        finally
        {
            await Task.WhenAll(clients.Keys.Select(client => client.DisposeAsync().AsTask()));
        }
    }

    [Fact]
    public async Task Client_OfAWrongShard_IsRedirected()
    {
        await using var fleet = await FleetOfNodes.StartAsync(_ => 1);
        var wrong = fleet.Nodes["us-east"];
        var room = Rooms.First(room => fleet.Description.Place(room)!.Name == "eu-west");
        var (url, token) = await NegotiateAsync(wrong, $"hub=chat&room={room}");
        Assert.StartsWith(fleet.Description.Find("eu-west")!.Endpoint, url, StringComparison.Ordinal);
        Assert.EndsWith($"/client/?hub=chat&room={room}", url, StringComparison.Ordinal);

        // as after a change of the fleet: what negotiate said is out of date
        var old = $"{wrong.Address}client/?hub=chat&room={room}&tenant=7";
        await using (var client = new HubConnectionBuilder().WithUrl(old, options => options.AccessTokenProvider = () => Task.FromResult<string?>(token)).Build())
        {
            await client.StartAsync(Stop);
            Assert.Equal([room], fleet.Nodes["eu-west"].Rooms);
        }

        using var direct = new HttpRequestMessage(HttpMethod.Get, $"{old}&access_token={token}");
        direct.Headers.Add("Connection", "Upgrade");
        direct.Headers.Add("Upgrade", "websocket");
        direct.Headers.Add("Sec-WebSocket-Version", "13");
        direct.Headers.Add("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==");
        using var handler = new SocketsHttpHandler { AllowAutoRedirect = false };
        using var http = new HttpClient(handler);
        using var answer = await http.SendAsync(direct, Stop);
        Assert.Equal(HttpStatusCode.TemporaryRedirect, answer.StatusCode);
        Assert.Equal(new($"{url}&tenant=7&sent-on=1"), answer.Headers.Location);

        // the other shard may know less of the fleet: who was sent there isn't sent on
        var home = fleet.Nodes["eu-west"];
        fleet.Describe(name => (name == "eu-west" ? 0 : 1, "active"));
        await Wait.UntilAsync(async () => !(await NegotiateAtClientAsync(home, room, token, "")).TryGetProperty("connectionId", out _), "The node keeps what isn't its own.");

        Assert.True((await NegotiateAtClientAsync(home, room, token, "&sent-on=1")).TryGetProperty("connectionId", out _));
    }

    [Fact]
    public async Task Negotiate_WithoutARoom_StaysInTheRegion()
    {
        await using var fleet = await FleetOfNodes.StartAsync(_ => 1);
        for (var i = 0; i < 20; i++)
        {
            Assert.StartsWith(fleet.Description.Find("us-east")!.Endpoint, (await NegotiateAsync(fleet.Nodes["us-east"], "hub=chat")).Url, StringComparison.Ordinal);
        }

        Assert.StartsWith(
            fleet.Description.Find("ap-south")!.Endpoint, (await NegotiateAsync(fleet.Nodes["us-east"], "hub=chat&region=ap-south")).Url, StringComparison.Ordinal);
        fleet.Describe(_ => (1, "lost"));
        await Wait.UntilAsync(async () => (await fleet.Nodes["us-east"].Http.PostAsync(new Uri("/api/negotiate?hub=chat", UriKind.Relative), null, Stop)).StatusCode == HttpStatusCode.ServiceUnavailable, "Clients are sent to lost shards.");
    }

    [Theory]
    [InlineData("us-north", "[]", "1 to 1000 shards")]
    [InlineData("us-north", """[{"name":"eu","region":"eu","endpoint":"https://x"}]""", "'us-north', which the fleet description doesn't have")]
    [InlineData("us-north", "", "there is no fleet description")]
    [InlineData("", "/no/such/file.json", "/no/such/file.json")]
    public async Task Start_WrongFleet_SaysWhatIsWrong(string shard, string description, string says)
    {
        var fault = await Assert.ThrowsAsync<InvalidDataException>(() => Node.StartAsync(("Serverless:Fleet:Shard", shard), ("Serverless:Fleet:Description", description)));
        Assert.Contains(says, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Fleet_SettingGoesWrongWhileItRuns_TheLastGoodOneHolds()
    {
        await using var node = await Node.StartAsync(
            ("Serverless:Fleet:Description", """[{ "name": "one", "region": "one", "endpoint": "https://one.example.com" }]"""),
            ("Serverless:Fleet:CheckEvery", "00:00:00.100"),
            ("Serverless:Negotiate:AllowAnonymous", "true"));
        // whoever changes the configuration is told; a watched file isn't
        Assert.Throws<AggregateException>(() => node.Change("Serverless:Fleet:MovesPerSecond", "0"));
        Assert.Throws<AggregateException>(() => node.Change(
            "Serverless:Fleet:Description", """[{ "name": "two", "region": "two", "endpoint": "https://two.example.com" }]"""));
        for (var i = 0; i < 5; i++)
        {
            Assert.StartsWith("https://one.example.com/client/?", (await NegotiateAsync(node, "hub=chat")).Url, StringComparison.Ordinal);
            await Task.Delay(100, Stop);
        }

        node.Change("Serverless:Fleet:MovesPerSecond", "10");
        await Wait.UntilAsync(async () => (await NegotiateAsync(node, "hub=chat")).Url.StartsWith("https://two.example.com", StringComparison.Ordinal), "The change doesn't count.");
    }

    [Fact]
    public async Task Fleet_InRedis_IsWatched()
    {
        await using var redis = new RedisServer();
        await redis.StartAsync();
        await using var connection = await StackExchange.Redis.ConnectionMultiplexer.ConnectAsync(redis.EndPoint);
        await SetAsync("https://one.example.com");
        await using var node = await Node.StartAsync(
            ("Serverless:Fleet:Redis", redis.EndPoint), ("Serverless:Fleet:CheckEvery", "00:00:00.100"), ("Serverless:Negotiate:AllowAnonymous", "true"));
        Assert.StartsWith("https://one.example.com/client/?", (await NegotiateAsync(node, "hub=chat")).Url, StringComparison.Ordinal);
        await SetAsync("https://two.example.com");
        await Wait.UntilAsync(async () => (await NegotiateAsync(node, "hub=chat")).Url.StartsWith("https://two.example.com", StringComparison.Ordinal), "The change doesn't count.");

        Task SetAsync(string endpoint) => connection.GetDatabase().StringSetAsync(
            "serverless:fleet", $$"""[{ "name": "one", "region": "one", "endpoint": "{{endpoint}}" }]""");
    }

    private static async Task<JsonElement> NegotiateAtClientAsync(Node node, string room, string token, string query)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri($"/client/negotiate?hub=chat&room={room}&negotiateVersion=1{query}", UriKind.Relative));
        request.Headers.Authorization = new("Bearer", token);
        using var answer = await node.Http.SendAsync(request, Stop);
        return JsonElement.Parse(await answer.EnsureSuccessStatusCode().Content.ReadAsByteArrayAsync(Stop));
    }

    /// <summary>Changes the fleet, and sees that the rooms whose place changes move, those and no others: their clients reconnect once, the others' connections stay.</summary>
    private static async Task ChangeAsync(
        FleetOfNodes fleet, IReadOnlyDictionary<HubConnection, string> clients, Func<string, (double, string)> shards, double share, string? from = null, string? to = null)
    {
        var before = Rooms.ToDictionary(room => room, room => fleet.Description.Place(room)!.Name);
        var ids = clients.Keys.ToDictionary(client => client, client => client.ConnectionId);
        fleet.Describe(shards);
        var moving = Rooms.Where(room => fleet.Description.Place(room)!.Name != before[room]).ToHashSet();
        Assert.InRange(moving.Count, 0.7 * share * RoomCount, 1.3 * share * RoomCount);
        Assert.All(moving, room => Assert.True((from is null || before[room] == from) && (to is null || fleet.Description.Place(room)!.Name == to)));
        await UntilSettledAsync(fleet, clients);
        Assert.All(clients, client => Assert.Equal(moving.Contains(client.Value), client.Key.ConnectionId != ids[client.Key]));
    }

    /// <summary>Spoils the description, and sees that all stay where they are, and that newcomers are sent there too.</summary>
    private static async Task SpoilAsync(FleetOfNodes fleet, IReadOnlyDictionary<HubConnection, string> clients)
    {
        var ids = clients.Keys.ToDictionary(client => client, client => client.ConnectionId);
        await fleet.SpoilAsync();
        foreach (var node in fleet.Nodes.Values)
        {
            foreach (var room in Rooms.Take(20))
            {
                Assert.StartsWith(fleet.Description.Place(room)!.Endpoint, (await NegotiateAsync(node, $"hub=chat&room={room}")).Url, StringComparison.Ordinal);
            }
        }

        // who were to move would be closed within some looks at the description
        await Task.Delay(TimeSpan.FromSeconds(0.5), TimeProvider.System, Stop);
        Assert.All(clients.Keys, client => Assert.Equal((HubConnectionState.Connected, ids[client]), (client.State, client.ConnectionId)));
    }

    /// <summary>Waits until all are on their shards, and know it: a client has its id once it has read the handshake's answer.</summary>
    private static async Task UntilSettledAsync(FleetOfNodes fleet, IReadOnlyDictionary<HubConnection, string> clients)
    {
        await fleet.UntilPlacedAsync(Rooms, PerRoom);
        await Wait.UntilAsync(
            () => Task.FromResult(clients.Keys.All(client => client is { State: HubConnectionState.Connected, ConnectionId: not null })), "A client isn't connected.");
    }

    private static async Task<IReadOnlyDictionary<HubConnection, string>> ConnectAsync(FleetOfNodes fleet)
    {
        var doors = fleet.Nodes.Values.Select(node => node.Address).ToList();
        var clients = new ConcurrentDictionary<HubConnection, string>();
        await Parallel.ForEachAsync(Enumerable.Range(0, RoomCount * PerRoom), new ParallelOptions { MaxDegreeOfParallelism = 20, CancellationToken = Stop }, async (i, stop) =>
        {
            var room = Rooms[i % RoomCount];
            // any shard is asked first: three and five have no common divisor, so each room's clients come by all of them
            var client = new HubConnectionBuilder()
                .WithUrl($"{doors[i % doors.Count]}api?hub=chat&room={room}")
                .WithAutomaticReconnect([.. Enumerable.Repeat(TimeSpan.FromMilliseconds(50), 200)])
                .Build();
            clients[client] = room;
            await client.StartAsync(stop);
        });
        return clients;
    }

    private static async Task<(string Url, string Token)> NegotiateAsync(Node node, string query)
    {
        using var answer = await node.Http.PostAsync(new Uri($"/api/negotiate?{query}", UriKind.Relative), null, Stop);
        using var json = JsonDocument.Parse(await answer.EnsureSuccessStatusCode().Content.ReadAsStreamAsync(Stop));
        return (json.RootElement.GetProperty("url").GetString()!, json.RootElement.GetProperty("accessToken").GetString()!);
    }
}
