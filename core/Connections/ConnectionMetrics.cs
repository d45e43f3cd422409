using System.Diagnostics.Metrics;

namespace Serverless.Connections;

/// <summary>How many connections the node has: <c>websocket_connections</c>, which autoscaling goes by. All transports count, under the name that operators know.</summary>
public sealed class ConnectionMetrics
{
    /// <summary>The meter's name.</summary>
    public const string MeterName = "Serverless.Connections";

    /// <summary>The instrument's name. Labels: <c>hub</c> and <c>transport</c>.</summary>
    public const string Connections = "websocket_connections";

    /// <summary>The hub under which all are counted that came when as many series as may be were there.</summary>
    public const string OtherHubs = "(other)";

    /// <summary>Applications name hubs, and each is a series as long as the node runs.</summary>
    private const int MaxSeries = 1000;

    private readonly Lock _lock = new();
    private readonly NodeConnections _connections;
    private readonly HashSet<(string Hub, string Transport)> _series = [];

    /// <summary>Begins to measure.</summary>
    /// <param name="meters">The host's.</param>
    /// <param name="connections">What is counted, each time that somebody looks.</param>
    public ConnectionMetrics(IMeterFactory meters, NodeConnections connections)
    {
        _connections = connections;
        meters.Create(MeterName).CreateObservableGauge(Connections, Observe, description: "Connections of clients, over any transport.");
    }

    /// <summary>Whoever has left is reported as 0, for as long as the node runs: a series that merely ends would keep its last value with those who read it.</summary>
    private List<Measurement<int>> Observe()
    {
        lock (_lock)
        {
            var counts = _connections.CountEach();
            foreach (var (key, count) in counts.Where(entry => !HasSeries(entry.Key)).ToList())
            {
                counts.Remove(key);
                var other = (OtherHubs, key.Transport);
                _series.Add(other);
                counts[other] = counts.GetValueOrDefault(other) + count;
            }

            return [.. _series.Select(key => new Measurement<int>(
                counts.GetValueOrDefault(key), new KeyValuePair<string, object?>("hub", key.Hub), new KeyValuePair<string, object?>("transport", key.Transport)))];
        }
    }

    private bool HasSeries((string Hub, string Transport) key) => _series.Contains(key) || (_series.Count < MaxSeries && _series.Add(key));
}
