using System.Text.Json;
using HdrHistogram;
using Serverless.Bench.Load.Wire;

namespace Serverless.Bench.Load.Measure;

/// <summary>The outcome of a run in which messages flowed; printed as one line of JSON.</summary>
internal sealed record RunReport
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    public required string Mode { get; init; }
    public required int Connections { get; init; }
    public required int Publishers { get; init; }
    public required int Groups { get; init; }
    public required double OpensPerSecond { get; init; }
    public required double Seconds { get; init; }
    public required long Sent { get; init; }
    public required long Completed { get; init; }
    public required long Refused { get; init; }
    public string? FirstRefusal { get; init; }
    public required long Deliveries { get; init; }
    public required double DeliveriesPerSecond { get; init; }
    public required long Lost { get; init; }
    public required long Repeated { get; init; }
    public required long OutOfOrder { get; init; }
    public required int Ended { get; init; }
    public string? FirstEnd { get; init; }
    public required Percentiles Latency { get; init; }
    public required Percentiles Acknowledgement { get; init; }
    public required double ServerCpuMicrosecondsPerDelivery { get; init; }
    public required double ServerCores { get; init; }
    public required double ClientCores { get; init; }
    public required double OtherCores { get; init; }
    public required long ServerResidentKib { get; init; }
    public required long ServerProportionalKib { get; init; }

    /// <summary>Whether each connection got each message once, in order, and stayed to the end.</summary>
    public bool Exact => Lost == 0 && Repeated == 0 && OutOfOrder == 0 && Ended == 0 && Refused == 0;

    public static RunReport Of(string mode, Fleet fleet, Window window)
    {
        var receipts = fleet.Receipts;
        return new()
        {
            Mode = mode,
            Connections = fleet.Plan.Connections,
            Publishers = fleet.Plan.Publishers,
            Groups = fleet.Plan.Groups,
            OpensPerSecond = fleet.OpensPerSecond,
            Seconds = window.Elapsed.TotalSeconds,
            Sent = fleet.Sent,
            Completed = fleet.Completed,
            Refused = receipts.RefusedCount,
            FirstRefusal = receipts.FirstRefusal,
            Deliveries = receipts.Deliveries,
            DeliveriesPerSecond = window.Deliveries / window.Elapsed.TotalSeconds,
            Lost = fleet.Lost(),
            Repeated = receipts.Repeated,
            OutOfOrder = receipts.OutOfOrder,
            Ended = fleet.Ended,
            FirstEnd = fleet.FirstEnd,
            Latency = Percentiles.Of(receipts.Latency),
            Acknowledgement = Percentiles.Of(receipts.Acknowledgement),
            ServerCpuMicrosecondsPerDelivery = window.ServerCpu.TotalMicroseconds / Math.Max(1, window.Deliveries),
            ServerCores = window.ServerCpu / window.Elapsed,
            ClientCores = window.ClientCpu / window.Elapsed,
            OtherCores = Math.Max(0, window.OtherCpu / window.Elapsed),
            ServerResidentKib = window.Servers.ResidentKib,
            ServerProportionalKib = window.Servers.ProportionalKib,
        };
    }

    public string ToJson() => JsonSerializer.Serialize(this, Json);
}

/// <summary>A distribution, in milliseconds.</summary>
internal sealed record Percentiles(double P50, double P90, double P99, double Max)
{
    public static Percentiles Of(LongHistogram microseconds) => microseconds.TotalCount == 0
        ? new(0, 0, 0, 0)
        : new(At(microseconds, 50), At(microseconds, 90), At(microseconds, 99), At(microseconds, 100));

    private static double At(LongHistogram microseconds, double percentile) => microseconds.GetValueAtPercentile(percentile) / 1000.0;
}
