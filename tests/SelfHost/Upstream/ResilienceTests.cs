using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using Serverless.Tests.Core;
using Serverless.Tests.Fixtures;
using Xunit;

namespace Serverless.Tests.SelfHost.Upstream;

/// <summary>A receiver that fails: what is sent again, and what clients are told.</summary>
public sealed class ResilienceTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Invoke_ReceiverDown_IsAnErrorAndTheClientStays()
    {
        using var closed = new ClosedPort();
        await using var node = await UpstreamNode.StartAsync($"http://{closed.EndPoint}/", (UpstreamNode.Setting("Templates:0:CategoryPattern"), "messages"));
        await using var client = await UpstreamNode.ConnectAsync(node);

        Assert.Contains("Invocation failed, status code 500", await ErrorAsync(client), StringComparison.Ordinal);
        Assert.Equal(HubConnectionState.Connected, client.State);
    }

    [Fact]
    public async Task Invoke_ReceiverDownForLong_IsRefusedWithoutBeingTried()
    {
        using var closed = new ClosedPort();
        await using var node = await UpstreamNode.StartAsync($"http://{closed.EndPoint}/", (UpstreamNode.Setting("Templates:0:CategoryPattern"), "messages"));
        await using var client = await UpstreamNode.ConnectAsync(node);

        // ten attempts fail: four for each of the first invocations
        var errors = new List<string>();
        while (errors.Count < 10 && !errors.Any(error => error.Contains("503", StringComparison.Ordinal)))
        {
            errors.Add(await ErrorAsync(client));
        }

        Assert.Contains("Invocation failed, status code 503", errors[^1], StringComparison.Ordinal);
        Assert.InRange(errors.Count, 2, 4);
    }

    [Theory]
    [InlineData(500)]
    [InlineData(503)]
    public async Task Events_OfConnections_AreSentAgainAfterAFault(int status)
    {
        var faults = 0;
        await using var receiver = await Receiver.StartAsync();
        receiver.Answer = (received, context) =>
        {
            context.Response.StatusCode = Interlocked.Increment(ref faults) % 2 == 1 ? status : 200;
            return Task.CompletedTask;
        };
        await using var node = await UpstreamNode.StartAsync(receiver);
        await using var client = await UpstreamNode.ConnectAsync(node);
        await client.StopAsync(Stop);

        foreach (var name in new[] { "connected", "connected", "disconnected", "disconnected" })
        {
            await receiver.NextAsync(name);
        }
    }

    [Fact]
    public async Task Invoke_ConnectionCutBeforeTheAnswer_IsNotSentAgain()
    {
        await using var receiver = await Receiver.StartAsync();
        receiver.Answer = (received, context) =>
        {
            if (received.Name == "Say")
            {
                context.Abort();
            }

            return Task.CompletedTask;
        };
        await using var node = await UpstreamNode.StartAsync(receiver);
        await using var client = await UpstreamNode.ConnectAsync(node);

        Assert.Contains("Invocation failed, status code 500", await ErrorAsync(client), StringComparison.Ordinal);
        await receiver.NextAsync("connected");
        await receiver.NextAsync("Say");
        Assert.True(receiver.IsEmpty, "It may have been done: it isn't sent again.");
    }

    [Fact]
    public async Task Invoke_ManyWithFew_WaitForTheirTurnAndMoreAreRefused()
    {
        await using var receiver = await Receiver.StartAsync();
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        receiver.Answer = (received, _) => received.Name == "Say" ? gate.Task : Task.CompletedTask;
        await using var node = await UpstreamNode.StartAsync(
            receiver,
            (UpstreamNode.Setting("MaxConcurrent"), "1"),
            (UpstreamNode.Setting("MaxWaiting"), "1"),
            (UpstreamNode.Setting("Templates:0:CategoryPattern"), "messages"));
        var clients = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => UpstreamNode.ConnectAsync(node)));
        var calls = clients.Select(client => client.InvokeAsync("Say", Stop)).ToList();

        // one is under way and one waits, whichever came first
        var refused = await Task.WhenAny(calls).In();
        Assert.Contains("status code 503", (await Assert.ThrowsAsync<HubException>(() => refused)).Message, StringComparison.Ordinal);
        gate.SetResult();
        await Task.WhenAll(calls.Where(call => call != refused)).In();
        foreach (var client in clients)
        {
            await client.DisposeAsync();
        }
    }

    [Fact]
    public async Task Stop_Node_PostsDisconnectedForEachClient()
    {
        await using var receiver = await Receiver.StartAsync();
        await using var node = await UpstreamNode.StartAsync(receiver);
        var clients = await Task.WhenAll(Enumerable.Range(0, 5).Select(i => UpstreamNode.ConnectAsync(node, i % 2 == 0 ? "json" : "messagepack")));
        var connected = new HashSet<string>();
        foreach (var _ in clients)
        {
            connected.Add((await receiver.NextAsync("connected")).Connection);
        }

        await node.StopAsync().In();

        foreach (var client in clients)
        {
            var disconnected = await receiver.NextAsync("disconnected");
            Assert.Equal("""{"type":11,"error":"The node is stopping."}""", disconnected.Text);
            Assert.True(connected.Remove(disconnected.Connection));
            await client.DisposeAsync();
        }

        Assert.True(receiver.IsEmpty);
    }

    [Fact]
    public async Task Stop_NodeWithACallThatHangs_GivesItUpAndPostsDisconnected()
    {
        await using var receiver = await Receiver.StartAsync();
        receiver.Answer = (received, context) => received.Name == "Say"
            ? Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default)
            : Task.CompletedTask;
        await using var node = await UpstreamNode.StartAsync(receiver);
        await using var client = await UpstreamNode.ConnectAsync(node);
        await receiver.NextAsync("connected");
        await client.SendAsync("Say", Stop);
        await receiver.NextAsync("Say");

        await node.StopAsync().In();

        await receiver.NextAsync("disconnected");
    }

    private static async Task<string> ErrorAsync(HubConnection client) =>
        (await Assert.ThrowsAsync<HubException>(() => client.InvokeAsync("Say", Stop)).In()).Message;
}
