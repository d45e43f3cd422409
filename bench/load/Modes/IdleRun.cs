using System.Diagnostics;
using Serverless.Bench.Load.Measure;
using Serverless.Bench.Load.Wire;

namespace Serverless.Bench.Load.Modes;

/// <summary>Opens connections and leaves them alone.</summary>
internal static class IdleRun
{
    private const int FirstConnections = 200;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    public static async Task<IdleReport> RunAsync(FleetPlan plan, IReadOnlyList<int> pids, Timing timing, CancellationToken stop)
    {
        // what a server loads and compiles with its first connections isn't the price of a connection
        var few = Math.Min(plan.Connections, FirstConnections);
        using (var first = Fleet.Open(plan with { Connections = few, Publishers = Math.Min(plan.Publishers, few) }, stop))
        {
            await first.ProbeAsync(stop);
        }

        await Task.Delay(Pause, stop);
        var before = ProcessUsage.Of(pids);
        using var fleet = Fleet.Open(plan, stop);
        await fleet.ProbeAsync(stop);
        await Task.Delay(timing.Warmup, stop);

        var began = Stopwatch.GetTimestamp();
        var settled = ProcessUsage.Of(pids);
        await Task.Delay(timing.Duration, stop);
        var after = ProcessUsage.Of(pids);
        return new(
            "idle",
            plan.Connections,
            fleet.OpensPerSecond,
            (double)(settled.ProportionalKib - before.ProportionalKib) / plan.Connections,
            (double)(settled.ResidentKib - before.ResidentKib) / plan.Connections,
            (after.Cpu - settled.Cpu) / Stopwatch.GetElapsedTime(began) * 100,
            fleet.Ended);
    }
}
