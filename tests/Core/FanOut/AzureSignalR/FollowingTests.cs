using Serverless.Tests.SelfHost.Upstream;
using Xunit;

namespace Serverless.Tests.Core.FanOut.AzureSignalR;

/// <summary>From where delivery goes on: after a stop, and when the stream can't be gone on with.</summary>
public sealed class FollowingTests
{
    private readonly FaultyLog _log = new(TestEvents.NewLog());

    [Fact]
    public async Task Start_WithoutCheckpoint_BeginsWithWhatTheLogHolds()
    {
        await using var endpoint = await Receiver.StartAsync();
        await using (var before = await FanOutHost.StartAsync(endpoint.Address.AbsoluteUri, _log, ("Hubs:0", "other")))
        {
            await before.AppendAsync(TestEvents.Message("a"));
        }

        await using var host = await StartAsync(endpoint);
        Assert.Contains("\"a\"", (await endpoint.NextAsync()).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_AfterAStop_GoesOnFromTheCheckpoint()
    {
        await using var endpoint = await Receiver.StartAsync();
        await using (var before = await StartAsync(endpoint))
        {
            await before.UntilDeliveredAsync(await before.AppendAsync(TestEvents.Message("a")));
        }

        await using var host = await StartAsync(endpoint);
        await host.AppendAsync(TestEvents.Message("b"));
        Assert.Contains("\"a\"", (await endpoint.NextAsync()).Text, StringComparison.Ordinal);
        Assert.Contains("\"b\"", (await endpoint.NextAsync()).Text, StringComparison.Ordinal);
        Assert.True(endpoint.IsEmpty);
    }

    [Fact]
    public async Task Start_RetentionOvertookIt_IsToldAndGoesOnWithWhatIsHeld()
    {
        await using var endpoint = await Receiver.StartAsync();
        await using (var before = await StartAsync(endpoint))
        {
            await before.UntilDeliveredAsync(await before.AppendAsync(TestEvents.Message("a")));
            await before.StopAsync();
            await before.AppendAsync(TestEvents.Message("lost"));
            var at = await before.AppendAsync(TestEvents.Message("lost"));
            await before.AppendAsync(TestEvents.Message("d"));
            await _log.TrimAsync(TestEvents.Chat, at.Offset, TestContext.Current.CancellationToken);
        }

        await using var host = await StartAsync(endpoint);
        Assert.Contains("\"a\"", (await endpoint.NextAsync()).Text, StringComparison.Ordinal);
        Assert.Contains("\"d\"", (await endpoint.NextAsync()).Text, StringComparison.Ordinal);
        Assert.Contains("came to offset 1 and can't go on from there: Trimmed. It goes on with what the stream holds after offset 3", Assert.Single(host.Messages[1607]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reset_WhileItIsWhereItWas_GoesOnThereWithoutRepeating()
    {
        await using var endpoint = await Receiver.StartAsync();
        await using var host = await StartAsync(endpoint);
        await host.UntilDeliveredAsync(await host.AppendAsync(TestEvents.Message("a")));
        _log.Reset();
        await host.UntilDeliveredAsync(await host.AppendAsync(TestEvents.Message("b")));

        Assert.Contains("\"a\"", (await endpoint.NextAsync()).Text, StringComparison.Ordinal);
        Assert.Contains("\"b\"", (await endpoint.NextAsync()).Text, StringComparison.Ordinal);
        Assert.True(endpoint.IsEmpty);
    }

    [Fact]
    public async Task Entry_Damaged_IsToldAndPassedOver()
    {
        await using var endpoint = await Receiver.StartAsync();
        _log.Read = entry => entry.Last.Offset == 2 ? entry with { Frame = new byte[] { 1, 2, 3 } } : entry;
        await using var host = await StartAsync(endpoint);
        await host.AppendAsync(TestEvents.Message("a"));
        Assert.Contains("\"a\"", (await endpoint.NextAsync()).Text, StringComparison.Ordinal);
        await host.AppendAsync(TestEvents.Message("b"));
        await host.UntilDeliveredAsync(await host.AppendAsync(TestEvents.Message("c")));

        Assert.Contains("\"c\"", (await endpoint.NextAsync()).Text, StringComparison.Ordinal);
        Assert.Contains("offsets 2 to 2", Assert.Single(host.Messages[1608]), StringComparison.Ordinal);
    }

    private Task<FanOutHost> StartAsync(Receiver endpoint) => FanOutHost.StartAsync(endpoint.Address.AbsoluteUri, _log);
}
