using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Tests.Fixtures;
using Xunit;

namespace Serverless.Tests.Conformance;

/// <summary>The stock .NET client, over each transport and protocol, against one node and against two behind a balancer.</summary>
public sealed class StockDotNetClientTests(Topologies topologies)
{
    private static readonly TimeSpan Guard = TimeSpan.FromSeconds(30);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [ClassData(typeof(ClientMatrix))]
    public async Task Send_ToEachAudience_ReachesItsMembersInOrder(Topology topology, HttpTransportType transport, string protocol)
    {
        var url = $"{await topologies.UrlAsync(topology)}/api?hub={Hub()}";
        await using var ada = await ConnectAsync(url, "ada", transport, protocol);
        await using var bob = await ConnectAsync(url, "bob", transport, protocol);
        await using var eve = await ConnectAsync(url, "eve", transport, protocol);

        await ada.Connection.InvokeAsync("JoinGroup", "room", Stop);
        await bob.Connection.InvokeAsync("JoinGroup", "room", Stop);
        await ada.Connection.InvokeAsync("SendToGroup", "room", "said", "to the group", Stop);
        await ada.Connection.InvokeAsync("SendToUser", "bob", "said", "to bob", Stop);
        await bob.Connection.InvokeAsync("LeaveGroup", "room", Stop);
        await ada.Connection.InvokeAsync("SendToGroup", "room", "said", "to those left", Stop);
        await Task.WhenAll(Enumerable.Range(0, 100).Select(i => ada.Connection.InvokeAsync("Broadcast", "said", $"{i}", Stop)));
        await ada.Connection.InvokeAsync("Broadcast", "said", "end", Stop);

        var all = Enumerable.Range(0, 100).Select(i => $"{i}").Append("end").ToList();
        Assert.Equal(["to the group", "to those left", .. all], await ada.UntilAsync("end"));
        Assert.Equal(["to the group", "to bob", .. all], await bob.UntilAsync("end"));
        Assert.Equal(all, await eve.UntilAsync("end"));
    }

    [Theory]
    [ClassData(typeof(ClientMatrix))]
    public async Task Invoke_Echo_GivesTheValueBack(Topology topology, HttpTransportType transport, string protocol)
    {
        var url = $"{await topologies.UrlAsync(topology)}/api?hub={Hub()}";
        await using var ada = await ConnectAsync(url, "ada", transport, protocol);

        Assert.Equal("grüße\n\"\\", await ada.Connection.InvokeAsync<string>("Echo", "grüße\n\"\\", Stop));
        Assert.Equal(long.MaxValue, await ada.Connection.InvokeAsync<long>("Echo", long.MaxValue, Stop));
        Assert.Equal([1, 2, 250], await ada.Connection.InvokeAsync<byte[]>("Echo", new byte[] { 1, 2, 250 }, Stop));
        Assert.Equal(new string('x', 100_000), await ada.Connection.InvokeAsync<string>("Echo", new string('x', 100_000), Stop));
    }

    [Theory]
    [ClassData(typeof(ClientMatrix))]
    public async Task Invoke_UnknownOrWrong_IsAnErrorAndTheConnectionGoesOn(Topology topology, HttpTransportType transport, string protocol)
    {
        var url = $"{await topologies.UrlAsync(topology)}/api?hub={Hub()}";
        await using var ada = await ConnectAsync(url, "ada", transport, protocol);

        var unknown = await Assert.ThrowsAsync<HubException>(() => ada.Connection.InvokeAsync("Nothing", 1, 2, Stop));
        var wrong = await Assert.ThrowsAsync<HubException>(() => ada.Connection.InvokeAsync("JoinGroup", " ", Stop));
        var streamed = await Assert.ThrowsAsync<HubException>(async () => await ada.Connection.StreamAsync<int>("Echo", 1, Stop).FirstAsync(Stop));

        Assert.Contains("Method 'Nothing' does not exist.", unknown.Message, StringComparison.Ordinal);
        Assert.Contains("A group's name has", wrong.Message, StringComparison.Ordinal);
        Assert.Contains("can't be streamed", streamed.Message, StringComparison.Ordinal);
        Assert.Equal(1, await ada.Connection.InvokeAsync<int>("Echo", 1, Stop));
    }

    [Theory]
    [InlineData("json", "messagepack")]
    [InlineData("messagepack", "json")]
    public async Task Send_BetweenProtocols_KeepsTheValue(string sender, string receiver)
    {
        var url = $"{await topologies.UrlAsync(Topology.OneNode)}/api?hub={Hub()}";
        await using var ada = await ConnectAsync(url, "ada", HttpTransportType.WebSockets, sender);
        await using var bob = await ConnectAsync(url, "bob", HttpTransportType.WebSockets, receiver);
        var got = new TaskCompletionSource<(string, int, double, bool, string?[])>();
        bob.Connection.On<string, int, double, bool, string?[]>("typed", (text, number, real, flag, list) => got.SetResult((text, number, real, flag, list)));

        await ada.Connection.InvokeAsync("Broadcast", "typed", "text", 42, 2.5, true, new[] { "a", null }, Stop);

        var (text, number, real, flag, list) = await got.Task.WaitAsync(Guard, Stop);
        Assert.Equal(("text", 42, 2.5, true), (text, number, real, flag));
        Assert.Equal(["a", null], list);
    }

    private static string Hub() => $"h{Guid.NewGuid():N}";

    private static async Task<Client> ConnectAsync(string url, string user, HttpTransportType transport, string protocol)
    {
        var builder = new HubConnectionBuilder().WithUrl($"{url}&user={user}", options => options.Transports = transport);
        if (protocol == "messagepack")
        {
            builder.AddMessagePackProtocol();
        }

        var client = new Client(builder.Build());
        await client.Connection.StartAsync(Stop);
        return client;
    }

    private sealed class Client : IAsyncDisposable
    {
        private readonly BlockingCollection<string> _said = [];

        public Client(HubConnection connection)
        {
            Connection = connection;
            connection.On<string>("said", text => _said.Add(text));
        }

        public HubConnection Connection { get; }

        public Task<List<string>> UntilAsync(string last) => Task.Run(() =>
        {
            var all = new List<string>();
            while (all.LastOrDefault() != last)
            {
                Assert.True(_said.TryTake(out var text, Guard), $"'{last}' didn't come; so far: {string.Join(", ", all)}");
                all.Add(text);
            }

            return all;
        });

        public async ValueTask DisposeAsync()
        {
            await Connection.DisposeAsync();
            _said.Dispose();
        }
    }
}
