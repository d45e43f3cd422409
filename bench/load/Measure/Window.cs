using System.Diagnostics;

namespace Serverless.Bench.Load.Measure;

/// <summary>What happened between two moments while messages flowed.</summary>
/// <param name="Elapsed">The time between them.</param>
/// <param name="Deliveries">Messages that arrived between them, of all connections.</param>
/// <param name="ServerCpu">CPU time of all server processes.</param>
/// <param name="ClientCpu">CPU time of this process.</param>
/// <param name="OtherCpu">CPU time of everything else on the machine: figures are worth little where it isn't small.</param>
/// <param name="Servers">The server processes at the end.</param>
internal sealed record Window(TimeSpan Elapsed, long Deliveries, TimeSpan ServerCpu, TimeSpan ClientCpu, TimeSpan OtherCpu, ProcessUsage Servers)
{
    /// <summary>Lets the flow warm up, then watches it.</summary>
    public static async Task<Window> MeasureAsync(Receipts receipts, IReadOnlyList<int> pids, Timing timing, CancellationToken stop)
    {
        await Task.Delay(timing.Warmup, stop);
        var before = Moment.Now(receipts, pids);
        receipts.MeasureFrom(before.Ticks);
        await Task.Delay(timing.Duration, stop);
        var after = Moment.Now(receipts, pids);
        var (server, client) = (after.Servers.Cpu - before.Servers.Cpu, after.Client - before.Client);
        var other = after.Machine - before.Machine - server - client;
        return new(Stopwatch.GetElapsedTime(before.Ticks, after.Ticks), after.Deliveries - before.Deliveries, server, client, other, after.Servers);
    }

    private readonly record struct Moment(long Ticks, long Deliveries, ProcessUsage Servers, TimeSpan Client, TimeSpan Machine)
    {
        public static Moment Now(Receipts receipts, IReadOnlyList<int> pids) =>
            new(Stopwatch.GetTimestamp(), receipts.Deliveries, ProcessUsage.Of(pids), Environment.CpuUsage.TotalTime, ProcessUsage.OfMachine());
    }
}

/// <summary>How long a run takes.</summary>
/// <param name="Warmup">Before measuring.</param>
/// <param name="Duration">Measured.</param>
/// <param name="Drain">At most so long the last messages are waited for.</param>
internal sealed record Timing(TimeSpan Warmup, TimeSpan Duration, TimeSpan Drain);
