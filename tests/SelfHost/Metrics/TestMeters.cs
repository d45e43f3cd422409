using System.Diagnostics.Metrics;

namespace Serverless.Tests.SelfHost.Metrics;

/// <summary>Meters of a test's own, and what their gauges say.</summary>
internal sealed class TestMeters : IMeterFactory
{
    private readonly List<Meter> _meters = [];

    public Meter Create(MeterOptions options)
    {
        options.Scope = this;
        var meter = new Meter(options);
        _meters.Add(meter);
        return meter;
    }

    /// <summary>The values of an instrument, by their hubs.</summary>
    public Dictionary<string, int> Read(string name)
    {
        var values = new Dictionary<string, int>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Name == name && ReferenceEquals(instrument.Meter.Scope, this))
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<int>((_, value, tags, _) => values.Add((string)tags[0].Value!, value));
        listener.Start();
        listener.RecordObservableInstruments();
        return values;
    }

    public void Dispose()
    {
        foreach (var meter in _meters)
        {
            meter.Dispose();
        }
    }
}
