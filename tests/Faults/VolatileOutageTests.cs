using Microsoft.AspNetCore.SignalR.Client;
using Serverless.Tests.Fixtures;
using Serverless.Tests.SelfHost;
using Xunit;

namespace Serverless.Tests.Faults;

/// <summary>A Redis that serves streams, and for a while no subscriptions: as after its restart, when one of its connections is back before the other.</summary>
public sealed class VolatileOutageTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Subscribe_NotPossibleYet_ClientsStayAndGetVolatileMessagesLater()
    {
        await using var redis = new RedisServer();
        await redis.StartAsync();
        await using var node = await Node.StartAsync(
            ("Serverless:Log:Redis", redis.EndPoint), ("Serverless:Log:Kind", "redis"), ("Serverless:Handlers:Enabled", "true"), ("Serverless:Negotiate:AllowAnonymous", "true"));
        await redis.CommandAsync("ACL", "SETUSER", "default", "-subscribe", "-ssubscribe");
        await using var ada = await ConnectAsync(node);
        await using var bob = await ConnectAsync(node);
        string? closed = null;
        var (moved, said) = (new TaskCompletionSource(), new TaskCompletionSource());
        bob.Closed += fault => Task.FromResult(closed = fault?.Message ?? "closed");
        bob.On("cursor-moved", (string _, object _) => moved.TrySetResult());
        bob.On("say", said.SetResult);
        await bob.InvokeAsync("JoinGroup", "room", Stop);
        await ada.InvokeAsync("JoinGroup", "room", Stop);
        await ada.InvokeAsync("Broadcast", "say", Stop);
        await said.Task.WaitAsync(TimeSpan.FromSeconds(60), Stop);
        await ada.InvokeAsync("cursor-move", "room", 1, Stop);
        Assert.False(moved.Task.IsCompleted);

        await redis.CommandAsync("ACL", "SETUSER", "default", "+subscribe", "+ssubscribe");
        await Wait.UntilAsync(
            async () =>
            {
                await ada.InvokeAsync("cursor-move", "room", 2, Stop);
                return moved.Task.IsCompleted;
            },
            "Cursors don't come.");
        Assert.Null(closed);
    }

    private static async Task<HubConnection> ConnectAsync(Node node)
    {
        var client = new HubConnectionBuilder().WithUrl(new Uri(node.Address, "api?hub=chat")).Build();
        await client.StartAsync(Stop);
        return client;
    }
}
