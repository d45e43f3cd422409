using System.Diagnostics;

namespace Serverless.Bench.Load.Measure;

/// <summary>What happened between two moments while messages flowed.</summary>
/// <param name="Elapsed">The time between them.</param>
/// <param name="Deliveries">Messages that arrived between them, of all connections.</param>
/// <param name="ServerCpu">CPU time of all server processes.</param>
/// <param name="ClientCpu">CPU time of this process.</param>
/// <param name="Servers">The server processes at the end.</param>
internal sealed record Window(TimeSpan Elapsed, long Deliveries, TimeSpan ServerCpu, TimeSpan ClientCpu, ProcessUsage Servers)
{
    /// <summary>Lets the flow warm up, then watches it.</summary>
    public static async Task<Window> MeasureAsync(Receipts receipts, IReadOnlyList<int> pids, Timing timing, CancellationToken stop)
    {
        await Task.Delay(timing.Warmup, stop);
        var (servers, client, deliveries, from) = Now(receipts, pids);
        receipts.MeasureFrom(from);
        await Task.Delay(timing.Duration, stop);
        var (serversAfter, clientAfter, deliveriesAfter, to) = Now(receipts, pids);
        return new(Stopwatch.GetElapsedTime(from, to), deliveriesAfter - deliveries, serversAfter.Cpu - servers.Cpu, clientAfter - client, serversAfter);
    }

    private static (ProcessUsage Servers, TimeSpan Client, long Deliveries, long Ticks) Now(Receipts receipts, IReadOnlyList<int> pids) =>
        (ProcessUsage.Of(pids), Environment.CpuUsage.TotalTime, receipts.Deliveries, Stopwatch.GetTimestamp());
}

/// <summary>How long a run takes.</summary>
/// <param name="Warmup">Before measuring.</param>
/// <param name="Duration">Measured.</param>
/// <param name="Drain">At most so long the last messages are waited for.</param>
internal sealed record Timing(TimeSpan Warmup, TimeSpan Duration, TimeSpan Drain);
