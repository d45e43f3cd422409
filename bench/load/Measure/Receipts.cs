using System.Diagnostics;
using HdrHistogram;

namespace Serverless.Bench.Load.Measure;

/// <summary>What all connections of a run received. Written by the receiver's thread; others read the counts.</summary>
internal sealed class Receipts
{
    private static readonly long TicksPerMicrosecond = Stopwatch.Frequency / 1_000_000;
    private static readonly long Longest = (long)TimeSpan.FromMinutes(2).TotalMicroseconds;

    private long _deliveries;
    private long _outOfOrder;
    private long _repeated;
    private long _refused;
    private long _measureFrom = long.MaxValue;

    /// <summary>From the intended time of sending to the arrival, in µs.</summary>
    public LongHistogram Latency { get; } = new(Longest, 3);

    /// <summary>From the intended time of sending to its completion, in µs.</summary>
    public LongHistogram Acknowledgement { get; } = new(Longest, 3);

    /// <summary>Messages that came for the first time.</summary>
    public long Deliveries => Volatile.Read(ref _deliveries);

    public long OutOfOrder => Volatile.Read(ref _outOfOrder);

    public long Repeated => Volatile.Read(ref _repeated);

    /// <summary>Invocations that the server answered with an error.</summary>
    public long RefusedCount => Volatile.Read(ref _refused);

    /// <summary>The first of these answers.</summary>
    public string? FirstRefusal { get; private set; }

    /// <summary>Latencies of messages that are due from then on are recorded; before it is warm-up. In Stopwatch ticks.</summary>
    public void MeasureFrom(long ticks) => Volatile.Write(ref _measureFrom, ticks);

    public void Delivered(Arrival arrival, long intended, long now)
    {
        if (arrival == Arrival.Repeated)
        {
            _repeated++;
            return;
        }

        _outOfOrder += arrival == Arrival.OutOfOrder ? 1 : 0;
        Volatile.Write(ref _deliveries, _deliveries + 1);
        if (intended >= Volatile.Read(ref _measureFrom))
        {
            Latency.RecordValue(Microseconds(now - intended));
        }
    }

    public void Acknowledged(long intended, long now)
    {
        if (intended >= Volatile.Read(ref _measureFrom))
        {
            Acknowledgement.RecordValue(Microseconds(now - intended));
        }
    }

    public void Refused(string answer)
    {
        _refused++;
        FirstRefusal ??= answer;
    }

    private static long Microseconds(long ticks) => Math.Clamp(ticks / TicksPerMicrosecond, 0, Longest);
}
