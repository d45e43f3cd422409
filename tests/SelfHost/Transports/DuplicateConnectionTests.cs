using Xunit;
using HttpTransportType = Microsoft.AspNetCore.Http.Connections.HttpTransportType;

namespace Serverless.Tests.SelfHost.Transports;

/// <summary>A connection id is for one connection: a second use is refused, whatever the transports, and the first goes on.</summary>
public sealed class DuplicateConnectionTests
{
    public static TheoryData<HttpTransportType, HttpTransportType> Pairs { get; } = new MatrixTheoryData<HttpTransportType, HttpTransportType>(
        [HttpTransportType.WebSockets, HttpTransportType.ServerSentEvents, HttpTransportType.LongPolling],
        [HttpTransportType.WebSockets, HttpTransportType.ServerSentEvents, HttpTransportType.LongPolling]);

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task Connect_IdInUse_Is409AndTheFirstGoesOn(HttpTransportType first, HttpTransportType second)
    {
        await using var node = await Node.StartAsync();
        using var connection = await WireConnection.OpenAsync(node.Address, first);

        // a newer poll takes over from an older one: that is how long polling goes on
        if (first != HttpTransportType.LongPolling || second != first)
        {
            Assert.Equal(409, await connection.Client.ConnectAsync(second));
        }

        await connection.SendAsync("""{"type":1,"invocationId":"7","target":"Echo","arguments":[]}""");
        Assert.StartsWith("""{"type":3,"invocationId":"7",""", await connection.NextAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Connect_IdOfAWebSocketInItsHandshake_IsRefusedByTheHandshake()
    {
        await using var node = await Node.StartAsync();
        var client = new WireClient(node.Address, WireClient.Token());
        await client.NegotiateAsync();
        var (second, status) = await client.WebSocketAsync();
        using (second)
        {
            Assert.Contains(" 101 ", status, StringComparison.Ordinal);
            using var first = await client.OpenWebSocketAsync();
            await second.SendTextAsync(WireClient.Handshake.TrimEnd('\u001e'));

            Assert.Contains("in use: negotiate again", (await second.FrameAsync()).Text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Connect_IdThatWasUsed_IsRefusedAlsoAfterItsEnd()
    {
        await using var node = await Node.StartAsync();
        using var connection = await WireConnection.OpenAsync(node.Address, HttpTransportType.WebSockets);
        await connection.CloseSocketAsync();
        Assert.Null(await connection.NextAsync());

        var (again, status) = await connection.Client.WebSocketAsync();
        using (again)
        {
            // while the first one is being closed it is in use, afterwards the handshake refuses it
            if (status.Contains(" 101 ", StringComparison.Ordinal))
            {
                await again.SendTextAsync(WireClient.Handshake.TrimEnd('\u001e'));
                Assert.Contains("in use: negotiate again", (await again.FrameAsync()).Text, StringComparison.Ordinal);
            }
            else
            {
                Assert.Contains(" 409 ", status, StringComparison.Ordinal);
            }
        }
    }
}
