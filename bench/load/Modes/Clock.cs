using System.Runtime.InteropServices;

namespace Serverless.Bench.Load.Modes;

/// <summary>Sleeps more finely than <see cref="Thread.Sleep(int)"/>, whose milliseconds would count as the server's latency.</summary>
internal static partial class Clock
{
    public static void Sleep(TimeSpan time)
    {
        var wait = new TimeSpec { Seconds = (long)time.TotalSeconds, Nanoseconds = time.Ticks % TimeSpan.TicksPerSecond * TimeSpan.NanosecondsPerTick };
        _ = nanosleep(wait, 0);
    }

    [LibraryImport("libc")]
    private static partial int nanosleep(in TimeSpec wait, nint left);

    private struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
