using Serverless.Connections;
using Serverless.FanOut;
using Xunit;
using static Serverless.Tests.Core.TestEvents;

namespace Serverless.Tests.Core.Connections;

public sealed class ExpiryTests : IAsyncDisposable
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(5);

    private readonly TestNode _node = new();

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    [Theory]
    [InlineData(-5, 1)]
    [InlineData(100, 100)]
    [InlineData(5_000_000_000, uint.MaxValue)]
    public void IsOver_FromItsSecondOn(long at, long expected)
    {
        var expiry = Expiry.At(DateTimeOffset.FromUnixTimeSeconds(at));

        Assert.False(expiry.IsOver(expected - 1));
        Assert.True(expiry.IsOver(expected));
    }

    [Fact]
    public void IsOver_Never_IsNeverOver()
    {
        Assert.False(Expiry.At(null).IsOver(long.MaxValue));
        Assert.False(default(Expiry).IsOver(long.MaxValue));
    }

    [Theory]
    [InlineData(HubProtocolKind.Json)]
    [InlineData(HubProtocolKind.MessagePack)]
    public async Task Beat_AuthenticationOver_ClosesItAloneAndAllowsReconnect(HubProtocolKind protocol)
    {
        var io = new RecordingIO();
        var connection = new ClientConnection(new("a"), null, protocol, io, 1 << 20) { Expiry = Expiry.At(_node.Time.GetUtcNow().AddSeconds(10)) };
        Assert.True(await _node.Connections.OpenAsync(Chat, connection, default).In());
        connection.Start("first"u8.ToArray());
        var (other, _) = await _node.ConnectAsync("b");
        _node.Time.Advance(TimeSpan.FromSeconds(9));
        _node.Connections.Beat(Long, Long);
        Assert.Null(connection.CloseReason);
        _node.Time.Advance(TimeSpan.FromSeconds(1));
        _node.Connections.Beat(Long, Long);

        Assert.Contains("expired", connection.CloseReason, StringComparison.Ordinal);
        Assert.Equal("first", await io.WriteAsync());
        Assert.EndsWith(protocol == HubProtocolKind.Json ? "\"allowReconnect\":true}\u001e" : "\ufffd", await io.WriteAsync(), StringComparison.Ordinal);
        await io.Closed;
        Assert.Null(other.CloseReason);
    }

    [Fact]
    public async Task Contains_OpenConnection_UntilItIsClosed()
    {
        var (connection, _) = await _node.ConnectAsync("a");
        Assert.True(_node.Connections.Contains(Chat, new("a")));
        Assert.False(_node.Connections.Contains(new("other"), new("a")));
        Assert.False(_node.Connections.Contains(Chat, new("b")));
        await _node.Connections.CloseAsync(Chat, connection);

        Assert.False(_node.Connections.Contains(Chat, new("a")));
    }
}
