using System.Globalization;

namespace Serverless.Bench.Load.Measure;

/// <summary>Reports for people.</summary>
internal static class Table
{
    public static string Of(RunReport r) => string.Create(CultureInfo.InvariantCulture, $"""
        {r.Mode}: {r.Connections} connections, {r.Publishers} publishers, {(r.Groups == 0 ? "broadcast" : $"{r.Groups} groups")}, {r.Seconds:F1} s
          deliveries/s         {r.DeliveriesPerSecond,12:N0}    sent {r.Sent:N0}, completed {r.Completed:N0}, refused {r.Refused:N0} {r.FirstRefusal}
          lost, repeated, out of order  {r.Lost:N0}, {r.Repeated:N0}, {r.OutOfOrder:N0}    connections that ended {r.Ended} {r.FirstEnd}
          latency ms           p50 {r.Latency.P50:F2}  p90 {r.Latency.P90:F2}  p99 {r.Latency.P99:F2}  max {r.Latency.Max:F1}
          acknowledgement ms   p50 {r.Acknowledgement.P50:F2}  p90 {r.Acknowledgement.P90:F2}  p99 {r.Acknowledgement.P99:F2}  max {r.Acknowledgement.Max:F1}
          server CPU           {r.ServerCpuMicrosecondsPerDelivery:F2} µs/delivery, {r.ServerCores:F2} cores    client {r.ClientCores:F2}, others {r.OtherCores:F2}
          server memory        {r.ServerProportionalKib / 1024} MiB PSS, {r.ServerResidentKib / 1024} MiB RSS    opened {r.OpensPerSecond:N0}/s
        """);

    public static string Of(IdleReport r) => string.Create(CultureInfo.InvariantCulture, $"""
        idle: {r.Connections} connections, opened {r.OpensPerSecond:N0}/s
          KiB/connection       {r.ProportionalKibPerConnection:F1} PSS, {r.ResidentKibPerConnection:F1} RSS
          server CPU           {r.CpuPercent:F1} % of a core    connections that ended {r.Ended}
        """);
}
