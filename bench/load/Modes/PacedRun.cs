using System.Diagnostics;
using Serverless.Bench.Load.Measure;
using Serverless.Bench.Load.Wire;

namespace Serverless.Bench.Load.Modes;

/// <summary>Publishes by a schedule that doesn't wait for the server, in turn from all publishers.</summary>
internal static class PacedRun
{
    public static async Task<RunReport> RunAsync(FleetPlan plan, double messagesPerSecond, IReadOnlyList<int> pids, Timing timing, CancellationToken stop)
    {
        using var fleet = Fleet.Open(plan, stop);
        await fleet.ProbeAsync(stop);
        Window window;
        using (var pacer = new Pacer(fleet.Publishers, messagesPerSecond))
        {
            pacer.Start();
            window = await Window.MeasureAsync(fleet.Receipts, pids, timing, stop);
        }

        await fleet.DrainAsync(timing.Drain, stop);
        return RunReport.Of("paced", fleet, window);
    }

    /// <summary>The thread that keeps to the schedule. What is late is sent at once, and its latency counts from when it was due.</summary>
    private sealed class Pacer(IReadOnlyList<Publisher> publishers, double messagesPerSecond) : IDisposable
    {
        private volatile bool _stopping;
        private Thread? _thread;

        public void Start()
        {
            _thread = new Thread(Run) { IsBackground = true, Name = "pacer" };
            _thread.Start();
        }

        public void Dispose()
        {
            _stopping = true;
            _thread?.Join();
        }

        private void Run()
        {
            var began = Stopwatch.GetTimestamp();
            for (long i = 0; !_stopping; i++)
            {
                var due = began + (long)(i / messagesPerSecond * Stopwatch.Frequency);
                var wait = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), due);
                if (wait > TimeSpan.Zero)
                {
                    Clock.Sleep(wait);
                }

                publishers[(int)(i % publishers.Count)].Publish(due);
            }
        }
    }
}
