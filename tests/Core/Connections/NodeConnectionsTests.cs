using Serverless.Connections;
using Serverless.Events;
using Serverless.FanOut;
using Serverless.Log;
using Xunit;
using static Serverless.Tests.Core.TestEvents;

namespace Serverless.Tests.Core.Connections;

public sealed class NodeConnectionsTests : IAsyncDisposable
{
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    private readonly TestNode _node = new();

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    [Fact]
    public async Task Open_MessagesAroundIt_OnlyThoseBehindItsOpenedEventAreReceived()
    {
        await _node.SendAsync("before");
        var (first, _) = TestNode.New("a");
        Assert.True(await _node.Connections.OpenAsync(Chat, first, default).In());
        await _node.SendAsync("between");
        var (_, io) = await _node.ConnectAsync("b");
        await _node.SendAsync("after");

        Assert.Equal(["after"], await _node.ReceivedAsync(io));
    }

    [Fact]
    public async Task Open_WhileMessagesAreSent_ReceivesExactlyWhatFollowsItsOpenedEvent()
    {
        var sending = Task.Run(async () =>
        {
            for (var i = 0; i < 500; i++)
            {
                await _node.SendAsync($"{i}");
            }
        });
        var ios = new List<(string Id, RecordingIO IO)>();
        for (var i = 0; i < 10; i++)
        {
            ios.Add(($"c{i}", (await _node.ConnectAsync($"c{i}")).IO));
        }

        await sending.In();
        var all = await AllAsync(_node.Log);
        foreach (var (id, io) in ios)
        {
            var opened = all.FindIndex(value => value is ConnectionOpened { Connection.Value: var opened } && opened == id);
            var expected = all.Skip(opened).OfType<MessageSent>().Select(message => message.Target);
            Assert.Equal(expected, await _node.ReceivedAsync(io));
        }
    }

    [Fact]
    public async Task Open_BeforeStart_MessagesAreHeldBehindTheFirstFrame()
    {
        var (connection, io) = TestNode.New("a");
        Assert.True(await _node.Connections.OpenAsync(Chat, connection, default).In());
        await _node.SendAsync("early");
        // a second connection sees it, so the first one was given it before
        var (_, other) = await _node.ConnectAsync("b");
        await _node.ReceivedAsync(other);
        Assert.Equal(0, io.WaitingWrites);
        connection.Start("{}\u001e"u8.ToArray());

        Assert.Equal("{}", await io.FrameAsync());
        Assert.Equal(["early"], await _node.ReceivedAsync(io));
    }

    [Fact]
    public async Task Deliver_GroupsUsersAndConnections_InTheStreamsOrder()
    {
        var (_, a) = await _node.ConnectAsync("a", "ann");
        var (_, b) = await _node.ConnectAsync("b", "bob");
        await _node.JoinAsync("a", "g");
        await _node.SendAsync("1", Audience.Group("g"));
        await _node.JoinAsync("b", "g");
        await _node.SendAsync("2", Audience.Group("g"));
        await _node.AppendAsync(new GroupLeft { Group = "g", Member = GroupMember.User("ann") });
        await _node.SendAsync("3", Audience.Group("g"));
        await _node.SendAsync("4", Audience.User("ann"));
        await _node.SendAsync("5", Audience.Connection(new("b")));
        await _node.SendAsync("6", Audience.Hub, "a", "elsewhere");

        Assert.Equal(["1", "2", "4"], await _node.ReceivedAsync(a));
        Assert.Equal(["2", "3", "5", "6"], await _node.ReceivedAsync(b));
    }

    [Fact]
    public async Task Deliver_ArgumentsThatOneProtocolCannotCarry_AreLeftOutForItAlone()
    {
        var (packed, packedIo) = TestNode.New("p", protocol: HubProtocolKind.MessagePack);
        Assert.True(await _node.Connections.OpenAsync(Chat, packed, default).In());
        packed.Start(default);
        var (_, io) = await _node.ConnectAsync("j");
        // a timestamp that no date can hold
        byte[] timestamp = [0x91, 0xc7, 12, 0xff, 0, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
        await _node.AppendAsync(Message("bad") with { Arguments = new(PayloadFormat.MessagePack, timestamp) });
        await _node.SendAsync("good");

        Assert.Equal(["good"], await _node.ReceivedAsync(io));
        Assert.Contains("bad", await packedIo.WriteAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Deliver_SlowClient_IsCutAndTheOthersGetAll()
    {
        var io = new RecordingIO { IsHeld = true };
        var slow = new ClientConnection(new("slow"), null, HubProtocolKind.Json, io, 500);
        Assert.True(await _node.Connections.OpenAsync(Chat, slow, default).In());
        slow.Start("{}\u001e"u8.ToArray());
        var (_, other) = await _node.ConnectAsync("other");
        for (var i = 0; i < 50; i++)
        {
            await _node.SendAsync($"{i}");
        }

        Assert.Equal(Enumerable.Range(0, 50).Select(i => $"{i}"), await _node.ReceivedAsync(other));
        await io.Aborted;
    }

    [Fact]
    public async Task Open_IdThatIsInUseHere_IsRefused()
    {
        var (_, io) = await _node.ConnectAsync("a");
        var (again, _) = TestNode.New("a");

        Assert.False(await _node.Connections.OpenAsync(Chat, again, default).In());
        Assert.Equal(1, _node.Connections.Count);
        await _node.SendAsync("still there");
        Assert.Equal(["still there"], await _node.ReceivedAsync(io));
    }

    [Fact]
    public async Task Open_IdThatWasUsedOnAnotherNode_IsRefusedAndNothingIsClosedForIt()
    {
        await _node.AppendAsync(ConnectionOpened.For(new("a"), null));
        var (again, _) = TestNode.New("a");

        Assert.False(await _node.Connections.OpenAsync(Chat, again, default).In());
        Assert.Equal(0, _node.Connections.Count);
        Assert.Empty((await AllAsync(_node.Log)).OfType<ConnectionClosed>());
    }

    [Fact]
    public async Task Open_IdInUseWhoseKeyIsForgotten_IsRefused()
    {
        await using var node = new TestNode(options => options.KeyWindow = TimeSpan.FromSeconds(1));
        var (_, io) = await node.ConnectAsync("a");
        for (var i = 0; i < 3; i++)
        {
            node.Time.Advance(TimeSpan.FromSeconds(2));
            await node.SendAsync("later");
        }

        Assert.False(await node.Connections.OpenAsync(Chat, TestNode.New("a").Connection, default).In());
        Assert.Equal(["later", "later", "later"], await node.ReceivedAsync(io));
    }

    [Fact]
    public async Task Close_Connection_IsStoredWithItsReasonAndReceivesNothingMore()
    {
        var (left, leftIo) = await _node.ConnectAsync("left");
        var (told, _) = await _node.ConnectAsync("told");
        var (_, other) = await _node.ConnectAsync("other");
        told.Close("why", Reconnect.Forbidden);
        await _node.Connections.CloseAsync(Chat, told);
        await _node.Connections.CloseAsync(Chat, left);
        await _node.SendAsync("after");
        await _node.ReceivedAsync(other);

        Assert.Equal(0, leftIo.WaitingWrites);
        Assert.Equal(
            [ConnectionClosed.For(new("told"), "why"), ConnectionClosed.For(new("left"), null)],
            (await AllAsync(_node.Log)).OfType<ConnectionClosed>());
    }

    [Fact]
    public async Task Close_LastConnection_TheStreamIsReadNoMore()
    {
        var (a, _) = await _node.ConnectAsync("a");
        var (b, _) = await _node.ConnectAsync("b");
        await _node.SendAsync("x");
        Assert.Equal(1, _node.Log.Followers);
        await _node.Connections.CloseAsync(Chat, a);
        Assert.Equal(1, _node.Log.Followers);
        await _node.Connections.CloseAsync(Chat, b);
        Assert.Equal(0, _node.Log.Followers);

        var (_, io) = await _node.ConnectAsync("c");
        await _node.SendAsync("y");
        Assert.Equal(["y"], await _node.ReceivedAsync(io));
    }

    [Fact]
    public async Task OpenAndClose_ManyAtOnce_LeaveNothingBehind()
    {
        await Task.WhenAll(Enumerable.Range(0, 8).Select(client => Task.Run(async () =>
        {
            for (var i = 0; i < 25; i++)
            {
                var (connection, _) = await _node.ConnectAsync($"{client}-{i}");
                await _node.Connections.CloseAsync(Chat, connection);
            }
        }))).In();

        Assert.Equal((0, 0), (_node.Connections.Count, _node.Log.Followers));
        var (_, io) = await _node.ConnectAsync("last");
        await _node.SendAsync("x");
        Assert.Equal(["x"], await _node.ReceivedAsync(io));
    }

    [Fact]
    public async Task Open_LogFails_TheConnectionIsNotOpen()
    {
        _node.Log.BeforeAppend = _ => throw new LogUnavailableException(Chat, "down");
        var (connection, _) = TestNode.New("a");

        await Assert.ThrowsAsync<LogUnavailableException>(() => _node.Connections.OpenAsync(Chat, connection, default).In());
        Assert.Equal((0, 0), (_node.Connections.Count, _node.Log.Followers));
    }

    [Fact]
    public async Task Open_CancelledWhileItIsStored_IsClosedBehindIt()
    {
        var (begun, gate) = (new SemaphoreSlim(0), new SemaphoreSlim(0));
        _node.Log.BeforeAppend = async _ =>
        {
            begun.Release();
            await gate.WaitAsync();
        };
        using var cancel = new CancellationTokenSource();
        var opening = _node.Connections.OpenAsync(Chat, TestNode.New("a").Connection, cancel.Token).AsTask();
        await begun.WaitAsync().In();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => opening.In());
        _node.Log.BeforeAppend = null;
        gate.Release();
        await _node.SendAsync("x");

        Assert.Equal(
            ["ConnectionOpened", "ConnectionClosed", "MessageSent"],
            (await AllAsync(_node.Log)).Select(value => value.GetType().Name));
    }

    [Fact]
    public async Task Beat_QuietClient_IsPingedThenTakenForDead()
    {
        var (connection, io) = await _node.ConnectAsync("a");
        Beat(15);
        Assert.Equal("""{"type":6}""", await io.FrameAsync());
        connection.Received(_node.Connections.Tick);
        Beat(30);
        Assert.Null(connection.CloseReason);
        Beat(1);
        Assert.Contains("Nothing came", connection.CloseReason, StringComparison.Ordinal);
        await io.Closed;
        Assert.False(io.IsAborted);
        Beat(16);

        Assert.True(io.IsAborted);
    }

    [Fact]
    public async Task Heartbeat_ByTheClock_BeatsEachSecond()
    {
        var options = Microsoft.Extensions.Options.Options.Create(new ConnectionOptions());
        using var heartbeat = new Heartbeat(_node.Connections, options, _node.Time);
        var (_, io) = await _node.ConnectAsync("a");
        await heartbeat.StartAsync(CancellationToken.None);
        await _node.Time.TimerAsync();
        for (var second = 1; second <= 15; second++)
        {
            _node.Time.Advance(TimeSpan.FromSeconds(1));
            Assert.True(SpinWait.SpinUntil(() => _node.Connections.Tick == second, Guard.Time), $"Tick {second} didn't come.");
        }

        Assert.Equal("""{"type":6}""", await io.FrameAsync());
        await heartbeat.StopAsync(CancellationToken.None);
    }

    [Fact]
    public async Task CloseNew_ThoseThere_StayOpen()
    {
        var (there, _) = await _node.ConnectAsync("a");
        _node.Connections.CloseNew("The node is draining.");
        var (late, lateIo) = await _node.ConnectAsync("b");

        Assert.Null(there.CloseReason);
        Assert.Equal("The node is draining.", late.CloseReason);
        Assert.Equal("""{"type":7,"error":"The node is draining.","allowReconnect":true}""", await lateIo.FrameAsync());
        await lateIo.Closed;
    }

    [Fact]
    public async Task CutAll_OneThatWasToldAndStays_IsCut()
    {
        var (there, io) = await _node.ConnectAsync("a");
        there.Close("The node is stopping.", Reconnect.Allowed);
        Assert.False(io.IsAborted);
        _node.Connections.CutAll("the client didn't close");

        await io.Aborted;
    }

    private void Beat(int seconds)
    {
        for (var i = 0; i < seconds; i++)
        {
            _node.Connections.Beat(KeepAlive, Timeout);
        }
    }
}
