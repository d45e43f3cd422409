namespace Serverless.Connections;

/// <summary>Lets so many pass in a second: a few at a time, and the first few at once. For one caller.</summary>
/// <param name="perSecond">At least 1.</param>
/// <param name="time">The clock.</param>
public sealed class Pace(int perSecond, TimeProvider time)
{
    private static readonly TimeSpan ShortestWait = TimeSpan.FromMilliseconds(50);

    private readonly long _start = time.GetTimestamp();
    private readonly TimeSpan _wait = perSecond > TimeSpan.TicksPerSecond / ShortestWait.Ticks
        ? ShortestWait
        : TimeSpan.FromTicks((TimeSpan.TicksPerSecond + perSecond - 1) / perSecond);

    private long _passed;

    /// <summary>Returns when the next may pass.</summary>
    public async ValueTask NextAsync(CancellationToken cancellationToken)
    {
        while (_passed >= (time.GetElapsedTime(_start) + _wait).Ticks * perSecond / TimeSpan.TicksPerSecond)
        {
            await Task.Delay(_wait, time, cancellationToken);
        }

        _passed++;
    }
}
