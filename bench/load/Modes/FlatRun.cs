using System.Diagnostics;
using Serverless.Bench.Load.Measure;
using Serverless.Bench.Load.Wire;

namespace Serverless.Bench.Load.Modes;

/// <summary>Publishes as fast as the server completes and delivers, within a window.</summary>
internal static class FlatRun
{
    public static async Task<RunReport> RunAsync(FleetPlan plan, int window, IReadOnlyList<int> pids, Timing timing, CancellationToken stop)
    {
        using var fleet = Fleet.Open(plan, stop);
        await fleet.ProbeAsync(stop);
        var pump = new Pump(fleet, window);
        fleet.AfterEach(pump.Fill);
        var measured = await Window.MeasureAsync(fleet.Receipts, pids, timing, stop);
        pump.Stop();
        await fleet.DrainAsync(timing.Drain, stop);
        return RunReport.Of("flat", fleet, measured);
    }

    /// <summary>
    /// Keeps so many messages of each publisher under way, on the receiver's thread. A message is under way until it is completed and, on
    /// average, delivered: a server that completes before it delivers would else be measured by the depth of its queues.
    /// </summary>
    private sealed class Pump(Fleet fleet, int window)
    {
        private readonly byte[] _buffer = new byte[window * fleet.Publishers[0].FrameLength];
        private readonly double _receivers = fleet.Plan.ReceiversPerMessage;
        private volatile bool _stopped;

        public void Stop()
        {
            _stopped = true;
            fleet.AfterEach(null);
        }

        public void Fill()
        {
            if (_stopped)
            {
                return;
            }

            var publishers = fleet.Publishers;
            var sent = 0L;
            for (var i = 0; i < publishers.Count; i++)
            {
                sent += publishers[i].Sent;
            }

            var room = ((long)window * publishers.Count) - (sent - (long)(fleet.Receipts.Deliveries / _receivers));
            for (var i = 0; i < publishers.Count; i++)
            {
                var publisher = publishers[i];
                var count = (int)Math.Min(room, window - (publisher.Sent - publisher.Completed));
                // a quarter of the window at a time, so that the program's own calls don't become what is measured
                if (count * 4 >= window)
                {
                    publisher.Publish(count, Stopwatch.GetTimestamp(), _buffer);
                    room -= count;
                }
            }
        }
    }
}
