using System.Diagnostics;
using System.Text.Json;
using Serverless.Events;
using Serverless.FanOut.Lanes;
using Serverless.Tests.Fixtures;
using Xunit;
using static Serverless.Tests.Core.TestEvents;

namespace Serverless.Tests.Core.Connections;

public sealed class VolatileTests : IAsyncDisposable
{
    private readonly TestNode _node = new();

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    [Fact]
    public async Task Publish_ToAGroup_ReachesItsConnectionsButTheExcluded()
    {
        var (_, ada) = await _node.ConnectAsync("ada");
        var (_, bob) = await _node.ConnectAsync("bob");
        var (_, eve) = await _node.ConnectAsync("eve");
        await _node.JoinAsync("ada", "room");
        await _node.JoinAsync("bob", "room");
        // all have applied the joins once they have this
        await _node.SendAsync("ready");
        foreach (var io in new[] { ada, bob, eve })
        {
            Assert.Equal("ready", await TargetAsync(io));
        }

        await PublishUntilItComesAsync(bob, Message("moved", Audience.Group("room"), excluded: "ada"));
        Assert.Equal("moved", await TargetAsync(bob));
        await _node.SendAsync("end");
        Assert.Equal("end", await TargetAsync(ada));
        Assert.Equal("end", await TargetAsync(eve));
        Assert.Equal(["ready", "end"], await TargetsAsync(_node.Log));
    }

    [Fact]
    public async Task Publish_ToAClientThatIsBehind_IsDroppedAndStoredMessagesAreNot()
    {
        var (_, ada) = await _node.ConnectAsync("ada");
        var (_, bob) = await _node.ConnectAsync("bob");
        ada.IsHeld = true;
        await _node.SendAsync("one");
        Assert.Equal("one", await TargetAsync(ada));
        Assert.Equal("one", await TargetAsync(bob));
        await PublishUntilItComesAsync(bob, Message("moved"));
        Assert.Equal("moved", await TargetAsync(bob));
        await _node.SendAsync("two");
        ada.LetGo(10);

        Assert.Equal("two", await TargetAsync(ada));
    }

    /// <summary>Publishes; again each second without it, since a message is dropped also where the write before it is only about to end.</summary>
    private async Task PublishUntilItComesAsync(RecordingIO io, MessageSent message)
    {
        Stopwatch? since = null;
        await Wait.UntilAsync(
            () =>
            {
                if (io.WaitingWrites == 0 && (since is null || since.Elapsed > TimeSpan.FromSeconds(1)))
                {
                    since = Stopwatch.StartNew();
                    _node.Lane.Publish(Chat, message);
                    // what came before holds it back for an interval
                    _node.Time.Advance(new VolatileOptions().Interval);
                }

                return Task.FromResult(io.WaitingWrites > 0);
            },
            "It doesn't come.");
    }

    private static async Task<string> TargetAsync(RecordingIO io)
    {
        using var frame = JsonDocument.Parse(await io.FrameAsync());
        return frame.RootElement.GetProperty("target").GetString()!;
    }
}
