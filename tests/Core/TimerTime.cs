using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Serverless.Tests.Core;

/// <summary>A clock that stands still, and tells when somebody began to wait on it: then the test may move it.</summary>
internal sealed class TimerTime : FakeTimeProvider
{
    private readonly SemaphoreSlim _timers = new(0);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = base.CreateTimer(callback, state, dueTime, period);
        _timers.Release();
        return timer;
    }

    /// <summary>Returns once a further timer was set.</summary>
    public async Task TimerAsync() => Assert.True(await _timers.WaitAsync(Guard.Time), "Nobody waits on the clock.");
}
