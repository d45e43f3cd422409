using Serverless.Connections;
using Serverless.Log;
using Xunit;
using static Serverless.Tests.Core.TestEvents;

namespace Serverless.Tests.Core.Connections;

/// <summary>A stream that can't be gone on with closes its connections, which may come back: never a silent gap.</summary>
public sealed class StreamResetTests : IAsyncDisposable
{
    private readonly TestNode _node = new();

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    [Fact]
    public async Task Reset_OpenConnections_AreClosedWithTheReasonAndMayReconnect()
    {
        var all = new List<(ClientConnection Connection, RecordingIO IO)>();
        for (var i = 0; i < 5; i++)
        {
            all.Add(await _node.ConnectAsync($"c{i}"));
        }

        await DeliveringAsync(all[0].IO);
        _node.Log.Reset();
        foreach (var (connection, io) in all)
        {
            await io.Closed;
            Assert.StartsWith("reset: TailLost", connection.CloseReason, StringComparison.Ordinal);
            Assert.Contains("\"allowReconnect\":true", await LastFrameAsync(io), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Reset_LaterConnections_Work()
    {
        var (closed, io) = await _node.ConnectAsync("a");
        await DeliveringAsync(io);
        _node.Log.Reset();
        await io.Closed;
        var (_, later) = await _node.ConnectAsync("b");
        await _node.Connections.CloseAsync(Chat, closed);
        await _node.SendAsync("after");

        Assert.Equal(["after"], await _node.ReceivedAsync(later));
    }

    [Fact]
    public async Task Reset_ConnectionThatIsOpening_IsClosedOnceItStarts()
    {
        var (_, other) = await _node.ConnectAsync("other");
        await DeliveringAsync(other);
        var (begun, gate) = (new SemaphoreSlim(0), new SemaphoreSlim(0));
        _node.Log.BeforeAppend = async _ =>
        {
            begun.Release();
            await gate.WaitAsync();
        };
        var (connection, io) = TestNode.New("a");
        var opening = _node.Connections.OpenAsync(Chat, connection, default).AsTask();
        await begun.WaitAsync().In();
        _node.Log.Reset();
        await other.Closed;
        _node.Log.BeforeAppend = null;
        gate.Release();
        Assert.True(await opening.In());
        Assert.Equal(0, io.WaitingWrites);
        connection.Start("{}\u001e"u8.ToArray());

        Assert.Equal("{}", await io.FrameAsync());
        Assert.Contains("reset: TailLost", await io.FrameAsync(), StringComparison.Ordinal);
        await io.Closed;
    }

    [Fact]
    public async Task Read_DamagedFrame_ClosesAllAndGoesOnBehindIt()
    {
        var (connection, io) = await _node.ConnectAsync("a");
        await DeliveringAsync(io);
        _node.Log.Read = entry => entry with { Frame = new byte[40] };
        await _node.SendAsync("damaged");
        await io.Closed;
        Assert.Contains("damaged", connection.CloseReason, StringComparison.Ordinal);
        _node.Log.Read = null;
        var (_, later) = await _node.ConnectAsync("b");
        await _node.SendAsync("after");

        Assert.Equal(["after"], await _node.ReceivedAsync(later));
    }

    [Fact]
    public async Task Read_EndsWithoutAReset_ClosesAllAndReadsAgainAfterASecond()
    {
        var (connection, io) = await _node.ConnectAsync("a");
        await DeliveringAsync(io);
        _node.Log.EndReading();
        await io.Closed;
        Assert.NotNull(connection.CloseReason);
        await _node.Time.TimerAsync();
        var connecting = _node.ConnectAsync("b");
        Assert.False(connecting.IsCompleted);
        _node.Time.Advance(TimeSpan.FromSeconds(1));
        var (_, later) = await connecting.In();
        await _node.SendAsync("after");

        Assert.Equal(["after"], await _node.ReceivedAsync(later));
    }

    [Fact]
    public async Task Head_LogIsDown_OpeningWaitsAndGoesOnWhenItIsBack()
    {
        _node.Log.BeforeHead = () => throw new LogUnavailableException(Chat, "down");
        var connecting = _node.Connections.OpenAsync(Chat, TestNode.New("a").Connection, default).AsTask();
        await _node.Time.TimerAsync();
        Assert.False(connecting.IsCompleted);
        _node.Log.BeforeHead = null;
        _node.Time.Advance(TimeSpan.FromSeconds(1));

        Assert.True(await connecting.In());
    }

    [Fact]
    public async Task Close_WhileTheLogIsDown_DoesNotWaitForIt()
    {
        _node.Log.BeforeHead = () => throw new LogUnavailableException(Chat, "down");
        using var cancel = new CancellationTokenSource();
        var connecting = _node.Connections.OpenAsync(Chat, TestNode.New("a").Connection, cancel.Token).AsTask();
        await _node.Time.TimerAsync();
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => connecting.In());
        Assert.Equal(0, _node.Connections.Count);
    }

    /// <summary>Returns once the stream's reader is seen to deliver.</summary>
    private async Task DeliveringAsync(RecordingIO io) => Assert.Empty(await _node.ReceivedAsync(io));

    private static async Task<string> LastFrameAsync(RecordingIO io)
    {
        var frame = await io.FrameAsync();
        while (!frame.Contains("\"type\":7", StringComparison.Ordinal))
        {
            frame = await io.FrameAsync();
        }

        return frame;
    }
}
