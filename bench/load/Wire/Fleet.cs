using System.Diagnostics;
using Serverless.Bench.Load.Measure;

namespace Serverless.Bench.Load.Wire;

/// <summary>All connections of a run, open and known to receive.</summary>
internal sealed class Fleet : IDisposable
{
    private const int OpenAtOnce = 64;
    private static readonly TimeSpan ProbePatience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan ProbeEvery = TimeSpan.FromMilliseconds(100);

    private readonly Connection?[] _connections;
    private readonly Receiver _receiver;
    private Action? _afterEach;

    private Fleet(FleetPlan plan)
    {
        Plan = plan;
        _connections = new Connection?[plan.Connections];
        _receiver = new(_connections, () => Volatile.Read(ref _afterEach)?.Invoke());
    }

    public FleetPlan Plan { get; }

    public Receipts Receipts { get; } = new();

    public IReadOnlyList<Publisher> Publishers { get; private set; } = [];

    public double OpensPerSecond { get; private set; }

    public long Sent => Publishers.Sum(publisher => publisher.Sent);

    public long Completed => Publishers.Sum(publisher => publisher.Completed);

    public int Ended => _receiver.Ended;

    public string? FirstEnd => _connections.FirstOrDefault(connection => connection?.Ended is not null)?.Ended;

    /// <summary>Opens the connections of a plan, several at a time.</summary>
    public static Fleet Open(FleetPlan plan, CancellationToken stop)
    {
        var fleet = new Fleet(plan.Checked());
        try
        {
            fleet._receiver.Start();
            fleet.OpenAll(stop);
            return fleet;
        }
        catch
        {
            fleet.Dispose();
            throw;
        }
    }

    /// <summary>Makes sure that every connection receives: a server may accept the handshake before it subscribes the connection.</summary>
    /// <exception cref="TimeoutException">One doesn't within 30 s.</exception>
    public async Task ProbeAsync(CancellationToken stop)
    {
        var began = Stopwatch.GetTimestamp();
        while (_connections.Any(connection => !connection!.Probed))
        {
            _receiver.ThrowIfFaulted();
            if (Stopwatch.GetElapsedTime(began) > ProbePatience)
            {
                var deaf = _connections.Count(connection => !connection!.Probed);
                throw new TimeoutException($"{deaf} of {Plan.Connections} connections don't receive. {Receipts.FirstRefusal ?? FirstEnd}");
            }

            foreach (var publisher in Publishers.Take(Math.Max(1, Plan.Groups)))
            {
                publisher.Probe();
            }

            await Task.Delay(ProbeEvery, stop);
        }
    }

    /// <summary>Calls <paramref name="action"/> on the receiver's thread, each time that it took all there was and at least every 50 ms.</summary>
    public void AfterEach(Action? action) => Volatile.Write(ref _afterEach, action);

    /// <summary>Waits until all that was sent has come and was completed, at most so long.</summary>
    public async Task DrainAsync(TimeSpan atMost, CancellationToken stop)
    {
        var began = Stopwatch.GetTimestamp();
        var expected = Expected();
        while ((Receipts.Deliveries < expected || Completed < Sent) && Stopwatch.GetElapsedTime(began) < atMost)
        {
            _receiver.ThrowIfFaulted();
            await Task.Delay(TimeSpan.FromMilliseconds(20), stop);
        }

        _receiver.ThrowIfFaulted();
    }

    /// <summary>Messages that didn't come to a connection that should have got them.</summary>
    public long Lost()
    {
        var lost = 0L;
        for (var publisher = 0; publisher < Publishers.Count; publisher++)
        {
            var sent = Publishers[publisher].Sent;
            lost += _connections.Where(c => Plan.Receives(c!.Index, publisher)).Sum(c => c!.Sequences.Lost(publisher, sent));
        }

        return lost;
    }

    public void Dispose()
    {
        _receiver.Dispose();
        foreach (var connection in _connections)
        {
            connection?.Dispose();
        }
    }

    private long Expected()
    {
        var expected = 0L;
        for (var publisher = 0; publisher < Publishers.Count; publisher++)
        {
            expected += Publishers[publisher].Sent * _connections.Count(c => Plan.Receives(c!.Index, publisher));
        }

        return expected;
    }

    private void OpenAll(CancellationToken stop)
    {
        using var negotiation = new Negotiation();
        var opener = new Opener(negotiation, Receipts);
        var publishers = new Publisher[Plan.Publishers];
        var began = Stopwatch.GetTimestamp();
        Parallel.For(0, Plan.Connections, new ParallelOptions { MaxDegreeOfParallelism = OpenAtOnce, CancellationToken = stop }, index =>
        {
            var connection = opener.Open(index, Plan.UrlOf(index), Plan.GroupOf(index), new SequenceCheck(Plan.Publishers), stop);
            if (index < publishers.Length)
            {
                connection.Publisher = publishers[index] = new(connection, index, Plan.GroupOf(index), Plan.Size);
            }

            _receiver.Watch(connection);
        });
        OpensPerSecond = Plan.Connections / Stopwatch.GetElapsedTime(began).TotalSeconds;
        Publishers = publishers;
    }
}
