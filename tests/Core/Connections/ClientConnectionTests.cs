using System.Text;
using Serverless.Connections;
using Serverless.FanOut;
using Xunit;

namespace Serverless.Tests.Core.Connections;

public sealed class ClientConnectionTests
{
    private const string Close = """{"type":7,"error":"why","allowReconnect":true}""" + "\u001e";
    private const string Ping = """{"type":6}""" + "\u001e";

    private readonly RecordingIO _io = new();
    private readonly ClientConnection _connection;

    public ClientConnectionTests() => _connection = new(new("c"), null, HubProtocolKind.Json, _io, 1024);

    [Fact]
    public async Task Send_BeforeStart_WaitsAndGoesOutBehindTheFirstFrame()
    {
        Send("a");
        Send("b");
        Assert.Equal(0, _io.WaitingWrites);
        _connection.Start(Bytes("first"));

        Assert.Equal("firstab", await _io.WriteAsync());
    }

    [Fact]
    public async Task Start_NothingWaits_SendsTheFirstFrameAlone()
    {
        _connection.Start(Bytes("first"));
        Send("a");

        Assert.Equal("first", await _io.WriteAsync());
        Assert.Equal("a", await _io.WriteAsync());
    }

    [Fact]
    public async Task Send_WhileAWriteIsUnderWay_AllThatWaitsGoesOutInOneWrite()
    {
        _io.IsHeld = true;
        _connection.Start(Bytes("first"));
        Assert.Equal("first", await _io.WriteAsync());
        foreach (var text in new[] { "a", "b", "c" })
        {
            Send(text);
        }

        Assert.Equal(0, _io.WaitingWrites);
        _io.LetGo();

        Assert.Equal("abc", await _io.WriteAsync());
        Assert.False(_io.Overlapped);
    }

    [Fact]
    public async Task Enqueue_SeveralThenFlush_IsOneWrite()
    {
        await StartAsync();
        Assert.Equal(Outcome.Queued, _connection.Enqueue(Bytes("a")));
        Assert.Equal(Outcome.Queued, _connection.Enqueue(Bytes("b")));
        Assert.Equal(0, _io.WaitingWrites);
        _connection.Flush();

        Assert.Equal("ab", await _io.WriteAsync());
    }

    [Fact]
    public async Task Send_MoreThanMayWait_CutsTheClientWithAReason()
    {
        _io.IsHeld = true;
        _connection.Start(Bytes("first"));
        await _io.WriteAsync();
        Send(new string('x', 1000));
        Assert.False(_io.IsAborted);
        Send(new string('y', 100));

        Assert.True(_io.IsAborted);
        Assert.Contains("too slow", _connection.CloseReason, StringComparison.Ordinal);
        Assert.Equal(Outcome.Over, _connection.Enqueue(Bytes("z")));
        _io.LetGo();
        Assert.Equal(0, _io.WaitingWrites);
    }

    [Fact]
    public async Task Send_OneFrameLargerThanTheLimit_IsSentWhenNothingElseWaits()
    {
        await StartAsync();
        Send(new string('x', 5000));

        Assert.Equal(5000, (await _io.WriteAsync()).Length);
        Assert.False(_io.IsAborted);
    }

    [Fact]
    public async Task Close_FramesWaiting_GoesOutBehindThemAndClosesTheTransport()
    {
        _io.IsHeld = true;
        _connection.Start(Bytes("first"));
        await _io.WriteAsync();
        Send("a");
        _connection.Close("why", Reconnect.Allowed);
        Send("late");
        _io.LetGo();
        Assert.Equal("a" + Close, await _io.WriteAsync());
        Assert.False(_io.IsClosed);
        _io.LetGo();

        await _io.Closed;
        Assert.Equal("why", _connection.CloseReason);
        Assert.Equal(0, _io.WaitingWrites);
    }

    [Fact]
    public async Task Close_BeforeStart_WaitsForTheFirstFrame()
    {
        Send("a");
        _connection.Close("why", Reconnect.Allowed);
        Assert.Equal(0, _io.WaitingWrites);
        Assert.False(_io.IsClosed);
        _connection.Start(Bytes("first"));

        Assert.Equal("firsta" + Close, await _io.WriteAsync());
        await _io.Closed;
    }

    [Fact]
    public async Task Close_Twice_TheFirstCounts()
    {
        await StartAsync();
        _connection.Close("why", Reconnect.Allowed);
        _connection.Close("again", Reconnect.Forbidden);

        Assert.Equal(Close, await _io.WriteAsync());
        await _io.Closed;
        Assert.Equal("why", _connection.CloseReason);
    }

    [Fact]
    public async Task Close_TransportThatCannotClose_IsAborted()
    {
        await StartAsync();
        _io.Fault = new IOException("gone");
        _connection.Close("why", Reconnect.Allowed);

        await _io.Aborted;
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Send_TransportBreaks_EndsTheConnection(bool later)
    {
        await StartAsync();
        _io.IsHeld = later;
        // whatever it throws: the sender has other clients
        _io.Fault = later ? new IOException("gone") : new TimeZoneNotFoundException();
        Send("a");
        _io.LetGo();
        await _io.Aborted;

        Assert.Equal(Outcome.Over, _connection.Enqueue(Bytes("b")));
        Assert.Null(_connection.CloseReason);
    }

    [Fact]
    public async Task Cut_WriteUnderWay_NothingMoreIsSent()
    {
        _io.IsHeld = true;
        _connection.Start(Bytes("first"));
        await _io.WriteAsync();
        Send("a");
        _connection.Cut("why");
        Assert.True(_io.IsAborted);
        _io.LetGo(2);
        Send("b");

        Assert.Equal(0, _io.WaitingWrites);
        Assert.Equal("why", _connection.CloseReason);
        Assert.False(_io.IsClosed);
    }

    [Fact]
    public void End_BeforeStart_NothingIsSent()
    {
        Send("a");
        _connection.End();
        _connection.Start(Bytes("first"));

        Assert.Equal(0, _io.WaitingWrites);
    }

    [Fact]
    public async Task Send_FromManyThreads_LosesNothingAndKeepsEachOnesOrder()
    {
        const int senders = 4, each = 2000;
        var connection = new ClientConnection(new("c"), null, HubProtocolKind.Json, _io, 1 << 20);
        _io.IsHeld = true;
        var sending = Enumerable.Range(0, senders).Select(sender => Task.Run(() =>
        {
            for (var i = 0; i < each; i++)
            {
                connection.Send(Bytes($"{sender}:{i};"));
            }
        })).ToList();
        connection.Start(Bytes("first;"));
        var all = "";
        while (all.Count(c => c == ';') < (senders * each) + 1)
        {
            all += await _io.WriteAsync();
            _io.LetGo();
        }

        await Task.WhenAll(sending).In();
        var texts = all.Split(';', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("first", texts[0]);
        foreach (var own in texts[1..].Select(text => text.Split(':')).GroupBy(parts => parts[0], parts => int.Parse(parts[1])))
        {
            Assert.Equal(Enumerable.Range(0, each), own);
        }

        Assert.False(_io.Overlapped);
    }

    [Fact]
    public async Task Beat_Quiet_IsPingedEachKeepAlive()
    {
        await StartAsync();
        for (var tick = 1; tick <= 10; tick++)
        {
            _connection.Received(tick);
            _connection.Beat(tick, keepAlive: 5, timeout: 100);
        }

        Assert.Equal(2, _io.WaitingWrites);
        Assert.Equal(Ping, await _io.WriteAsync());
    }

    [Fact]
    public async Task Beat_ClosedButStays_IsCutAfterAFullKeepAlive()
    {
        await StartAsync();
        for (var tick = 1; tick < 5; tick++)
        {
            _connection.Beat(tick, keepAlive: 5, timeout: 100);
        }

        _connection.Close("why", Reconnect.Allowed);
        for (var tick = 5; tick < 10; tick++)
        {
            _connection.Beat(tick, keepAlive: 5, timeout: 100);
            Assert.False(_io.IsAborted);
        }

        _connection.Beat(10, keepAlive: 5, timeout: 100);
        Assert.True(_io.IsAborted);
        Assert.Equal("why", _connection.CloseReason);
    }

    private async Task StartAsync()
    {
        _connection.Start(Bytes("first"));
        Assert.Equal("first", await _io.WriteAsync());
    }

    private void Send(string text) => _connection.Send(Bytes(text));

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);
}
