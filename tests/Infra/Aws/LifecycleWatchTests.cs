using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Serverless.Connections;
using Serverless.SelfHost.Aws;
using Serverless.SelfHost.Clients;
using Serverless.SelfHost.Drain;
using Serverless.Tests.Core;
using Serverless.Tests.Core.Connections;
using Serverless.Tests.Fixtures;
using Xunit;

namespace Serverless.Tests.Infra.Aws;

/// <summary>The watch by a clock of the test's own, against a stand-in.</summary>
public sealed class LifecycleWatchTests : IAsyncDisposable
{
    private readonly TestNode _node = new();
    // signatures are checked by the time of day
    private readonly FakeTimeProvider _time = new(TimeProvider.System.GetUtcNow());
    private readonly ClientPlaces _places = new(Options.Create(new ConnectionOptions()));

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    [Fact]
    public async Task Terminated_ClientStays_HeartbeatEachMinuteThenCompletion()
    {
        await using var aws = await AwsStandIn.StartAsync();
        var (connection, _) = await _node.ConnectAsync("a");
        Assert.True(_places.TryTake());
        using var parts = new Parts(this, aws);
        await parts.Watch.StartAsync(CancellationToken.None);
        await UntilAsync(() => aws.StateRequests == 1);
        aws.State = "Terminated";
        // the next poll is 5 s later
        await AdvanceUntilAsync(TimeSpan.FromSeconds(1), 5, () => connection.CloseReason is not null);
        Assert.False(aws.HasCalls);

        for (var minute = 0; minute < 3; minute++)
        {
            await AdvanceUntilAsync(TimeSpan.FromSeconds(20), 3, () => aws.HasCalls);
            Assert.Equal("RecordLifecycleActionHeartbeat", (await aws.CallAsync())["Action"]);
        }

        _places.GiveBack();
        var completed = await aws.CallAsync();
        Assert.Equal("CompleteLifecycleAction", completed["Action"]);
        Assert.Equal("CONTINUE", completed["LifecycleActionResult"]);
        await parts.Watch.ExecuteTask!.In();
        Assert.False(aws.HasCalls);
        await parts.Watch.StopAsync(CancellationToken.None);
    }

    [Fact]
    public async Task NoGroup_Is404_NothingIsDrained()
    {
        await using var aws = await AwsStandIn.StartAsync();
        aws.State = null;
        using var parts = new Parts(this, aws);
        await parts.Watch.StartAsync(CancellationToken.None);
        await UntilAsync(() => aws.StateRequests == 1);
        await AdvanceUntilAsync(TimeSpan.FromSeconds(5), 20, () => aws.StateRequests >= 4);

        Assert.Null(parts.Drain.Reason);
        await parts.Watch.StopAsync(CancellationToken.None);
    }

    [Fact]
    public async Task Completion_ApiFailsForGood_IsGivenUpAfterFiveAttempts()
    {
        await using var aws = await AwsStandIn.StartAsync();
        aws.State = "Terminated";
        aws.Faults = 1000;
        using var parts = new Parts(this, aws);
        await parts.Watch.StartAsync(CancellationToken.None);
        for (var second = 0; second < 3000 && !parts.Watch.ExecuteTask!.IsCompleted; second++)
        {
            await Task.Delay(10);
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        await parts.Watch.ExecuteTask!.In();
        Assert.Equal(1000 - 5, aws.Faults);
        await parts.Watch.StopAsync(CancellationToken.None);
    }

    private static Task UntilAsync(Func<bool> fact) => Wait.UntilAsync(() => Task.FromResult(fact()), "It doesn't come.");

    /// <summary>Moves the clock in steps, and gives what runs by it a moment after each; not more steps than it may take, with some for moments that were too short.</summary>
    private async Task AdvanceUntilAsync(TimeSpan step, int steps, Func<bool> fact)
    {
        for (var i = 0; i < steps * 3 && !fact(); i++)
        {
            _time.Advance(step);
            for (var waited = 0; waited < 20 && !fact(); waited++)
            {
                await Task.Delay(10);
            }
        }

        Assert.True(fact(), "It doesn't come.");
    }

    private sealed class Parts : IDisposable
    {
        private readonly InstanceMetadata _metadata;
        private readonly LifecycleApi _api;

        public Parts(LifecycleWatchTests test, AwsStandIn aws)
        {
            var options = Options.Create(new AwsOptions { Group = AwsStandIn.Group, Hook = AwsStandIn.Hook, Metadata = new(aws.Url), AutoScaling = new(aws.Url) });
            Drain = new(test._node.Connections, test._places, Options.Create(new DrainOptions()), test._time, NullLogger<NodeDrain>.Instance);
            _metadata = new(options, test._time);
            _api = new(_metadata, options, test._time);
            Watch = new(_metadata, _api, Drain, test._time, NullLogger<LifecycleWatch>.Instance);
        }

        public NodeDrain Drain { get; }

        public LifecycleWatch Watch { get; }

        public void Dispose()
        {
            Watch.Dispose();
            _api.Dispose();
            _metadata.Dispose();
        }
    }
}
