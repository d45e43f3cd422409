using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Serverless.Connections;
using Serverless.SelfHost.Clients;
using Serverless.SelfHost.Drain;
using Serverless.Tests.Core;
using Serverless.Tests.Core.Connections;
using Xunit;

namespace Serverless.Tests.SelfHost.Drain;

/// <summary>The pace of a drain, and its end, by a clock of the test's own.</summary>
public sealed class NodeDrainTests : IAsyncDisposable
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(50);

    private readonly TestNode _node = new();
    private readonly TimerTime _time = new();
    private readonly ClientPlaces _places = new(Options.Create(new ConnectionOptions()));
    private readonly List<ClientConnection> _connections = [];

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    [Fact]
    public async Task Drain_ManyConnections_AreClosedEvenly()
    {
        await OpenAsync(25);
        var drain = Drain(200);
        var draining = drain.DrainAsync();
        Assert.Equal("The node is draining.", drain.Reason);
        // its limit, then its first wait
        await _time.TimerAsync();
        await _time.TimerAsync();
        Assert.Equal(10, Closed);
        _time.Advance(Step);
        await _time.TimerAsync();
        Assert.Equal(20, Closed);
        _time.Advance(Step);
        Assert.True(SpinWait.SpinUntil(() => Closed == 25, Guard.Time));
        Assert.False(draining.IsCompleted);
        Leave(25);

        Assert.Equal(new(25, 0), await draining.In());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(7)]
    [InlineData(200)]
    [InlineData(1999)]
    [InlineData(100_000)]
    public async Task Pace_OfTenSeconds_LetsAsManyPass(int perSecond)
    {
        var pace = new Pace(perSecond, _time);
        var passed = 0;
        var all = Task.Run(async () =>
        {
            for (; passed < perSecond * 10; passed++)
            {
                await pace.NextAsync(CancellationToken.None);
            }
        });
        var begin = _time.GetUtcNow();
        while (!all.IsCompleted)
        {
            var timer = _time.TimerAsync();
            if (await Task.WhenAny(all, timer) == timer)
            {
                // at no moment more than its share, and what is let pass at once
                Assert.InRange(passed, 0, ((_time.GetUtcNow() - begin).TotalSeconds * perSecond) + Math.Max(1, perSecond * 0.05) + 0.001);
                _time.Advance(perSecond < 20 ? TimeSpan.FromTicks((TimeSpan.TicksPerSecond / perSecond) + 1) : Step);
            }
        }

        Assert.InRange((_time.GetUtcNow() - begin).TotalSeconds, 8.9, 10.1);
    }

    [Fact]
    public async Task Drain_CalledAgain_JoinsTheFirst()
    {
        await OpenAsync(1);
        var drain = Drain(200);
        var (first, second) = (drain.DrainAsync(), drain.DrainAsync());
        Assert.True(SpinWait.SpinUntil(() => Closed == 1, Guard.Time));
        Leave(1);

        Assert.Equal(new(1, 0), await first.In());
        Assert.Same(await first, await second.In());
        Assert.Same(await first, await drain.DrainAsync().In());
    }

    [Fact]
    public async Task Drain_TimeIsOver_SaysHowManyRemainAndTheNextGoesOn()
    {
        await OpenAsync(3);
        var drain = Drain(1, TimeSpan.FromSeconds(1));
        var draining = drain.DrainAsync();
        await _time.TimerAsync();
        await _time.TimerAsync();
        Assert.Equal(1, Closed);
        Leave(1);
        _time.Advance(TimeSpan.FromSeconds(1));
        var first = await draining.In();
        Assert.Equal(2, first.Remaining);

        var next = drain.DrainAsync();
        Assert.True(SpinWait.SpinUntil(() => Closed > first.Closed, Guard.Time));
        Assert.False(next.IsCompleted);
        Leave(2);
        for (var second = 0; !next.IsCompleted && second < 5; second++)
        {
            await _time.TimerAsync();
            _time.Advance(TimeSpan.FromMilliseconds(999));
        }

        Assert.Equal(0, (await next.In()).Remaining);
    }

    [Fact]
    public async Task Drain_TimeWasOverAndAllHaveLeftSince_SaysThatNobodyRemains()
    {
        await OpenAsync(1);
        var drain = Drain(200, TimeSpan.FromSeconds(1));
        var first = drain.DrainAsync();
        await _time.TimerAsync();
        Assert.True(SpinWait.SpinUntil(() => Closed == 1, Guard.Time));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(1, (await first.In()).Remaining);
        Leave(1);
        Assert.Equal(0, (await drain.DrainAsync().In()).Remaining);
    }

    [Fact]
    public async Task Drain_NobodyThere_IsDoneAtOnce() => Assert.Equal(new(0, 0), await Drain(1).DrainAsync().In());

    [Fact]
    public async Task Stopping_MoreThanItsPaceCloses_AreToldInHalfOfItsTime()
    {
        await OpenAsync(250);
        // 100 a second instead of 1, so that 5 s are enough
        var stopping = Drain(1).StoppingAsync(CancellationToken.None);
        var begin = _time.GetUtcNow();
        Assert.Equal(5, Closed);
        for (; Closed < 250; await _time.TimerAsync())
        {
            _time.Advance(Step);
        }

        Assert.InRange((_time.GetUtcNow() - begin).TotalSeconds, 2.3, 2.5);
        Assert.False(stopping.IsCompleted);
        Leave(250);
        await stopping.In();
    }

    [Fact]
    public async Task Stopping_DuringADrain_ClosesTheRestAndCutsThoseWhoStay()
    {
        await OpenAsync(5);
        var drain = Drain(1);
        var draining = drain.DrainAsync();
        await _time.TimerAsync();
        await _time.TimerAsync();
        Assert.Equal(1, Closed);

        var stopping = drain.StoppingAsync(CancellationToken.None);
        Assert.Equal("The node is stopping.", drain.Reason);
        await _time.TimerAsync();
        _time.Advance(TimeSpan.FromSeconds(2.5));
        Assert.True(SpinWait.SpinUntil(() => Closed == 5, Guard.Time));
        Leave(4);
        Assert.False(stopping.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(2.5));
        await stopping.In();
        Leave(1);
        Assert.Equal(0, (await draining.In()).Remaining);
    }

    [Fact]
    public async Task Drain_WithNotice_TakesClientsUntilBalancersKnow()
    {
        await OpenAsync(1);
        var drain = Drain(200, notice: TimeSpan.FromSeconds(15));
        var draining = drain.DrainAsync();
        await _time.TimerAsync();
        _time.Advance(TimeSpan.FromSeconds(14));
        Assert.Equal(("The node is draining.", null), (drain.Unready, drain.Reason));
        Assert.Equal(0, Closed);

        // the process is told to stop meanwhile: the notice isn't given twice
        var stopping = drain.StoppingAsync(CancellationToken.None);
        Assert.Equal(0, Closed);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(SpinWait.SpinUntil(() => Closed == 1, Guard.Time));
        Assert.NotNull(drain.Reason);
        Leave(1);
        await draining.In();
        await stopping.In();
    }

    [Fact]
    public void Stopping_NobodyThere_IsDoneAtOnce() => Assert.True(Drain(1).StoppingAsync(CancellationToken.None).IsCompletedSuccessfully);

    private int Closed => _connections.Count(connection => connection.CloseReason is not null);

    private NodeDrain Drain(int perSecond, TimeSpan? timeout = null, TimeSpan notice = default) => new(
        _node.Connections,
        _places,
        Options.Create(new DrainOptions { PerSecond = perSecond, Timeout = timeout ?? TimeSpan.FromMinutes(1), Notice = notice }),
        _time,
        NullLogger<NodeDrain>.Instance);

    private async Task OpenAsync(int count)
    {
        for (var i = 0; i < count; i++)
        {
            _connections.Add((await _node.ConnectAsync($"c{i}")).Connection);
            Assert.True(_places.TryTake());
        }
    }

    private void Leave(int count)
    {
        for (var i = 0; i < count; i++)
        {
            _places.GiveBack();
        }
    }
}
