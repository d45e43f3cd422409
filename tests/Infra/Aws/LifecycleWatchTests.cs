using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
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
    private readonly TimerTime _time = new();
    private readonly ClientPlaces _places = new(Options.Create(new ConnectionOptions()));

    // signatures are checked by the time of day
    public LifecycleWatchTests() => _time.SetUtcNow(TimeProvider.System.GetUtcNow());

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
        Advance(TimeSpan.FromSeconds(1), 5);
        await UntilAsync(() => connection.CloseReason is not null);
        // the clock may go on when that of the poll, of the drain and of the heartbeats are set
        for (var timers = 0; timers < 3; timers++)
        {
            await _time.TimerAsync();
        }

        Assert.False(aws.HasCalls);
        for (var minute = 0; minute < 3; minute++)
        {
            Advance(TimeSpan.FromSeconds(20), 3);
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
        for (var requests = 2; requests <= 4; requests++)
        {
            Advance(TimeSpan.FromSeconds(1), 5);
            await UntilAsync(() => aws.StateRequests == requests);
        }

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
        await UntilAsync(() => parts.Drain.Reason is not null);
        // no faster, or a minute could pass before the drain has ended, and bring a heartbeat
        for (var step = 0; step < 3000 && !parts.Watch.ExecuteTask!.IsCompleted; step++)
        {
            await Task.Delay(10);
            _time.Advance(TimeSpan.FromSeconds(0.2));
        }

        await parts.Watch.ExecuteTask!.In();
        // an attempt may also fail before it gets there, by the 2 s that metadata has
        Assert.InRange(aws.Faults, 1000 - 5, 1000 - 1);
        await parts.Watch.StopAsync(CancellationToken.None);
    }

    private static Task UntilAsync(Func<bool> fact) => Wait.UntilAsync(() => Task.FromResult(fact()), "It doesn't come.");

    private void Advance(TimeSpan step, int steps)
    {
        for (var i = 0; i < steps; i++)
        {
            _time.Advance(step);
        }
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
