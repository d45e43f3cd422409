using System.Threading.Channels;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Events;
using Serverless.Tests.Fixtures;
using Xunit;

namespace Serverless.Tests.Core.FanOut.AzureSignalR;

/// <summary>A pipeline in this process, a node in another one as its fan-out, and stock clients there.</summary>
public sealed class TwoProcessesTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task EachEvent_AtThePipeline_ActsOnClientsOfTheNode()
    {
        await using var node = await new NodeProcess().StartAsync();
        await using var host = await FanOutHost.StartAsync(node.Url, TestEvents.NewLog());
        await using var ada = await ConnectAsync(node, "ada", "json");
        await using var bob = await ConnectAsync(node, "bob", "messagepack");
        var (adas, bobs) = (Read(ada), Read(bob));
        var (adaClosed, bobClosed) = (Closed(ada), Closed(bob));
        var bytes = new TaskCompletionSource<byte[]>();
        bob.On<byte[]>("bytes", bytes.SetResult);

        await host.AppendAsync(
            Said("all", Audience.Hub),
            Said("not bob", Audience.Hub, bob.ConnectionId!),
            new GroupJoined { Group = "g", Member = GroupMember.Connection(new(ada.ConnectionId!)) },
            Said("group", Audience.Group("g")),
            Said("group again", Audience.Group("g")),
            new GroupLeft { Group = "g", Member = GroupMember.Connection(new(ada.ConnectionId!)) },
            Said("nobody", Audience.Group("g")),
            Said("user", Audience.User("bob")),
            Said("user again", Audience.User("bob")),
            new GroupJoined { Group = "h/'ü", Member = GroupMember.User("bob"), End = MembershipEnd.At(TimeProvider.System.GetUtcNow().AddHours(1)) },
            Said("lasting", Audience.Group("h/'ü")),
            Said("lasting again", Audience.Group("h/'ü")),
            new GroupLeft { Group = "h/'ü", Member = GroupMember.User("bob") },
            new GroupJoined { Group = "k", Member = GroupMember.User("bob"), End = MembershipEnd.OpenConnectionsOnly },
            Said("open ones", Audience.Group("k")),
            new GroupsLeft { Member = GroupMember.User("bob") },
            Said("nobody", Audience.Group("h/'ü")),
            Said("nobody", Audience.Group("k")),
            new GroupJoined { Group = "f", Member = GroupMember.Filter("startswith(userId, 'a')") },
            Said("by filter", Audience.Group("f")),
            Said("to filter", Audience.Filter("'f' in groups")),
            Said("connection", Audience.Connection(new(ada.ConnectionId!))),
            TestEvents.Message("bytes") with { Arguments = new(PayloadFormat.MessagePack, new byte[] { 0x91, 0xC4, 0x03, 0x00, 0x80, 0xFF }) },
            new GroupJoined { Group = "g", Member = GroupMember.Connection(new("gone")) },
            new CloseRequested { Audience = Audience.Connection(new("gone")) },
            new CloseRequested { Audience = Audience.User("bob"), Reason = "enough" },
            new CloseRequested { Audience = Audience.Connection(new(ada.ConnectionId!)), Reason = "over" });

        foreach (var text in (string[])["all", "not bob", "group", "group again", "by filter", "to filter", "connection"])
        {
            Assert.Equal(text, await adas.ReadAsync(Stop).In());
        }

        foreach (var text in (string[])["all", "user", "user again", "lasting", "lasting again", "open ones"])
        {
            Assert.Equal(text, await bobs.ReadAsync(Stop).In());
        }

        Assert.Equal([0x00, 0x80, 0xFF], await bytes.Task.In());
        Assert.Contains("enough", await bobClosed.In(), StringComparison.Ordinal);
        Assert.Contains("over", await adaClosed.In(), StringComparison.Ordinal);
        Assert.False(adas.TryRead(out _) || bobs.TryRead(out _));
        Assert.Empty(host.Messages[1600].Concat(host.Messages[1602]).Concat(host.Messages[1603]));
    }

    private static MessageSent Said(string text, Audience to, params string[] excluded) => TestEvents.Message("said", to, $"[\"{text}\"]", excluded: excluded);

    private static async Task<HubConnection> ConnectAsync(NodeProcess node, string user, string protocol)
    {
        var builder = new HubConnectionBuilder().WithUrl($"{node.Url}/api?hub=chat&user={user}");
        var client = (protocol == "messagepack" ? builder.AddMessagePackProtocol() : builder).Build();
        await client.StartAsync(Stop);
        return client;
    }

    private static ChannelReader<string> Read(HubConnection client)
    {
        var said = Channel.CreateUnbounded<string>();
        client.On<string>("said", text => said.Writer.TryWrite(text));
        return said.Reader;
    }

    private static Task<string> Closed(HubConnection client)
    {
        var closed = new TaskCompletionSource<string>();
        client.Closed += fault => Task.FromResult(closed.TrySetResult(fault?.Message ?? ""));
        return closed.Task;
    }
}
