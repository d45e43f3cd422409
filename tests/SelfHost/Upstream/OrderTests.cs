using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.SignalR.Client;
using Serverless.Tests.Core;
using Xunit;

namespace Serverless.Tests.SelfHost.Upstream;

/// <summary>The events of a connection come one after the other. Contract, section 4.5.</summary>
public sealed class OrderTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Events_OfOneConnection_WaitForTheOneBefore()
    {
        var log = new ConcurrentQueue<string>();
        var gates = new ConcurrentDictionary<string, TaskCompletionSource>();
        await using var receiver = await Receiver.StartAsync();
        receiver.Answer = async (received, _) =>
        {
            log.Enqueue($"begin {received.Name}");
            await Gate(received.Name).Task;
            log.Enqueue($"end {received.Name}");
        };
        await using var node = await UpstreamNode.StartAsync(receiver);
        await using var client = await UpstreamNode.ConnectAsync(node);
        await receiver.NextAsync("connected");
        await client.SendAsync("A", Stop);
        await client.SendAsync("B", Stop);
        var invoked = client.InvokeAsync("C", Stop);
        var stopped = Task.Run(async () =>
        {
            await invoked;
            await client.StopAsync(Stop);
        });

        foreach (var name in new[] { "connected", "A", "B", "C", "disconnected" })
        {
            Gate(name).SetResult();
        }

        await stopped.In();
        foreach (var name in new[] { "A", "B", "C", "disconnected" })
        {
            await receiver.NextAsync(name);
        }

        Assert.Equal(
            ["begin connected", "end connected", "begin A", "end A", "begin B", "end B", "begin C", "end C", "begin disconnected"], log.Take(9));

        TaskCompletionSource Gate(string name) => gates.GetOrAdd(name, _ => new(TaskCreationOptions.RunContinuationsAsynchronously));
    }

    [Fact]
    public async Task Events_OfAClientThatGoesAtOnce_AllCome()
    {
        await using var receiver = await Receiver.StartAsync();
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        receiver.Answer = (received, _) => received.Name == "connected" ? gate.Task : Task.CompletedTask;
        await using var node = await UpstreamNode.StartAsync(receiver);
        using (var client = await WireSocket.OpenAsync(node))
        {
            foreach (var name in new[] { "A", "B", "C" })
            {
                await client.SendAsync($$"""{"type":1,"target":"{{name}}","arguments":[]}""");
            }

            // the client isn't held by what the receiver still does
            await client.CloseAsync();
        }

        gate.SetResult();
        foreach (var name in new[] { "connected", "A", "B", "C", "disconnected" })
        {
            await receiver.NextAsync(name);
        }
    }

    [Fact]
    public async Task Events_OfTwoConnections_DontWaitForEachOther()
    {
        await using var receiver = await Receiver.StartAsync();
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        receiver.Answer = (received, _) => received.Name == "Slow" ? gate.Task : Task.CompletedTask;
        await using var node = await UpstreamNode.StartAsync(receiver);
        await using var slow = await UpstreamNode.ConnectAsync(node);
        await using var fast = await UpstreamNode.ConnectAsync(node);
        var waiting = slow.InvokeAsync("Slow", Stop);

        await fast.InvokeAsync("Fast", Stop).In();

        Assert.False(waiting.IsCompleted);
        gate.SetResult();
        await waiting.In();
    }

    [Fact]
    public async Task Messages_BehindASlowOne_WaitAtTheClientWhenThereAreMany()
    {
        await using var receiver = await Receiver.StartAsync();
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        receiver.Answer = (received, _) => received.Name == "Slow" ? gate.Task : Task.CompletedTask;
        await using var node = await UpstreamNode.StartAsync(
            receiver, ("Serverless:Connections:ClientTimeout", "00:00:02"), ("Serverless:Connections:KeepAlive", "00:00:01"));
        using var client = await WireSocket.OpenAsync(node);
        await client.SendAsync("""{"type":1,"target":"Slow","arguments":[]}""");
        for (var i = 0; i < 20; i++)
        {
            await client.SendAsync($$"""{"type":1,"target":"Many{{i}}","arguments":["{{new string('x', 10_000)}}"]}""");
        }

        // its reader stands still for longer than a silent client may live: the node pings, and keeps it
        for (var i = 0; i < 4; i++)
        {
            Assert.Equal("{\"type\":6}\u001e", Encoding.UTF8.GetString(await client.ReceiveAsync()));
        }

        gate.SetResult();
        await receiver.NextAsync("connected");
        await receiver.NextAsync("Slow");
        for (var i = 0; i < 20; i++)
        {
            await receiver.NextAsync($"Many{i}");
        }
    }

    [Theory]
    [InlineData(401)]
    [InlineData(403)]
    public async Task Connected_RefusedWhereThatCounts_ClosesTheClient(int status)
    {
        await using var receiver = await Receiver.StartAsync();
        receiver.AnswerWith("connected", status);
        await using var node = await UpstreamNode.StartAsync(receiver, (UpstreamNode.Setting("RefuseUnauthorized"), "true"));
        await using var client = UpstreamNode.Client(node);
        var closed = new TaskCompletionSource<Exception?>();
        client.Closed += reason =>
        {
            closed.SetResult(reason);
            return Task.CompletedTask;
        };
        await client.StartAsync(Stop);

        Assert.Contains($"The application refused the connection: status code {status}.", (await closed.Task.In())!.Message, StringComparison.Ordinal);
        await receiver.NextAsync("connected");
        Assert.Contains("The application refused", (await receiver.NextAsync("disconnected")).Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(401, "false")]
    [InlineData(403, "false")]
    [InlineData(404, "true")]
    public async Task Connected_NotTaken_TheClientGoesOn(int status, string refuse)
    {
        await using var receiver = await Receiver.StartAsync();
        receiver.AnswerWith("connected", status);
        await using var node = await UpstreamNode.StartAsync(receiver, (UpstreamNode.Setting("RefuseUnauthorized"), refuse));
        await using var client = await UpstreamNode.ConnectAsync(node);

        await client.InvokeAsync("Say", Stop).In();
    }
}
