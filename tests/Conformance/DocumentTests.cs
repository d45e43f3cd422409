using System.Text.Json;
using System.Threading.Channels;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Tests.Fixtures;
using Xunit;

namespace Serverless.Tests.Conformance;

/// <summary>Stock clients of .NET and a document, over each protocol; and the JavaScript client beside them.</summary>
public sealed class DocumentTests(Topologies topologies)
{
    private static readonly TimeSpan Guard = TimeSpan.FromSeconds(60);

    /// <summary>Two Yjs updates: "hi" in the text "t", and "!" after it.</summary>
    private static readonly byte[] Hi = [1, 1, 1, 0, 4, 1, 1, (byte)'t', 2, (byte)'h', (byte)'i', 0];
    private static readonly byte[] Mark = [1, 1, 1, 2, 0x84, 1, 1, 1, (byte)'!', 0];
    private static readonly byte[] Whole = [1, 1, 1, 0, 4, 1, 1, (byte)'t', 3, (byte)'h', (byte)'i', (byte)'!', 0];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static TheoryData<Topology, string, string> Protocols { get; } = new MatrixTheoryData<Topology, string, string>(
        [Topology.OneNode, Topology.TwoNodes], ["json", "messagepack"], ["json", "messagepack"]);

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task Change_BetweenProtocols_ArrivesAsItWasSent(Topology topology, string writing, string reading)
    {
        var url = $"{await topologies.UrlAsync(topology)}/api?hub=h{Guid.NewGuid():N}";
        await using var ann = await ConnectAsync(url, "ann", writing);
        await using var bob = await ConnectAsync(url, "bob", reading);
        var began = await SyncAsync(bob, null);
        await SyncAsync(ann, null);

        var first = await ann.Client.InvokeAsync<ChangeReply>("document-change", "report", Bytes(ann, Hi), "key", Stop);
        Assert.Equal(first, await ann.Client.InvokeAsync<ChangeReply>("document-change", "report", Bytes(ann, Hi), "key", Stop));
        var second = await ann.Client.InvokeAsync<ChangeReply>("document-change", "report", Bytes(ann, Mark), "other", Stop);
        Assert.Equal(("report", first.Position, Text(Hi)), await bob.NextAsync());
        Assert.Equal(("report", second.Position, Text(Mark)), await bob.NextAsync());
        byte[] more = [1, 1, 2, 0, 4, 1, 1, (byte)'u', 1, (byte)'x', 0];
        var third = await ann.Client.InvokeAsync<ChangeReply>("document-change", "report", Bytes(ann, more), null, Stop);
        Assert.Equal(("report", third.Position, Text(more)), await bob.NextAsync());

        Assert.Equal([Text(Hi), Text(Mark), Text(more)], (await SyncAsync(bob, began.Position)).Updates);
        Assert.Equal([Text(Mark), Text(more)], (await SyncAsync(ann, first.Position)).Updates);
        await bob.Client.InvokeAsync<object>("document-snapshot", "report", second.Position, Bytes(bob, Whole), Stop);
        var (position, snapshot, updates, reset) = await SyncAsync(ann, first.Position);
        Assert.Equal((third.Position, Text(Whole), "trimmed"), (position, snapshot, reset));
        Assert.Equal([Text(more)], updates);
        (position, snapshot, updates, reset) = await SyncAsync(ann, second.Position);
        Assert.Equal((third.Position, null, null), (position, snapshot, reset));
        Assert.Equal([Text(more)], updates);

        // who has left is told nothing; who changes isn't told either
        await bob.Client.InvokeAsync("document-leave", "report", Stop);
        await ann.Client.InvokeAsync<ChangeReply>("document-change", "report", Bytes(ann, more), null, Stop);
        await ann.Client.InvokeAsync("Broadcast", "end", Stop);
        Assert.Equal("end", (await bob.NextAsync()).Id);
        Assert.Equal("end", (await ann.NextAsync()).Id);
    }

    [Fact]
    public async Task Change_NoYjsUpdate_IsRefusedWithTheReason()
    {
        await using var ann = await ConnectAsync($"{await topologies.UrlAsync(Topology.OneNode)}/api?hub=h{Guid.NewGuid():N}", "ann", "json");

        var refused = await Assert.ThrowsAsync<HubException>(() => ann.Client.InvokeAsync<ChangeReply>("document-change", "report", "AQID", Stop));
        Assert.Contains("The update isn't one of Yjs, version 1", refused.Message, StringComparison.Ordinal);
    }

    private static async Task<Reader> ConnectAsync(string url, string user, string protocol)
    {
        var builder = new HubConnectionBuilder().WithUrl($"{url}&user={user}", options => options.Transports = HttpTransportType.WebSockets);
        var client = (protocol == "json" ? builder : builder.AddMessagePackProtocol()).Build();
        var told = Channel.CreateUnbounded<(string, string, string)>();
        client.On<string, string, byte[]>("document-updated", (id, position, update) => told.Writer.TryWrite((id, position, Text(update))));
        client.On("end", () => told.Writer.TryWrite(("end", "", "")));
        await client.StartAsync(Stop);
        return new(client, protocol == "json", told.Reader);
    }

    private static object Bytes(Reader client, byte[] bytes) => client.IsText ? Text(bytes) : bytes;

    private static string Text(byte[] bytes) => Convert.ToBase64String(bytes);

    private static async Task<(string Position, string? Snapshot, List<string> Updates, string? Reset)> SyncAsync(Reader client, string? position)
    {
        if (client.IsText)
        {
            var json = await client.Client.InvokeAsync<JsonElement>("document-sync", "report", position, Stop);
            return (json.GetProperty("position").GetString()!, json.Text("snapshot"), [.. json.GetProperty("updates").EnumerateArray().Select(update => update.GetString()!)], json.Text("reset"));
        }

        var map = await client.Client.InvokeAsync<Dictionary<string, object>>("document-sync", "report", position, Stop);
        return (
            (string)map["position"],
            map.TryGetValue("snapshot", out var snapshot) ? Text((byte[])snapshot) : null,
            [.. ((object[])map["updates"]).Select(update => Text((byte[])update))],
            map.TryGetValue("reset", out var reset) ? (string)reset : null);
    }

    /// <summary>What a change is answered with; members are named as MessagePack has them.</summary>
    [MessagePack.MessagePackObject]
    public sealed record ChangeReply
    {
        [MessagePack.Key("position")]
        [System.Text.Json.Serialization.JsonPropertyName("position")]
        public string Position { get; init; } = "";

        [MessagePack.Key("compact")]
        [System.Text.Json.Serialization.JsonPropertyName("compact")]
        public bool Compact { get; init; }
    }

    private sealed record Reader(HubConnection Client, bool IsText, ChannelReader<(string Id, string Position, string Update)> Told) : IAsyncDisposable
    {
        public Task<(string Id, string Position, string Update)> NextAsync() => Told.ReadAsync(Stop).AsTask().WaitAsync(Guard, Stop);

        public ValueTask DisposeAsync() => Client.DisposeAsync();
    }
}
