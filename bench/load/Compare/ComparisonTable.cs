using System.Globalization;
using System.Text;
using Serverless.Bench.Load.Measure;

namespace Serverless.Bench.Load.Compare;

/// <summary>The outcome of a comparison in Markdown: medians of the rounds, the lowest and highest in parentheses.</summary>
internal static class ComparisonTable
{
    private const double BusyCores = 0.2;

    public static string Of(IReadOnlyList<ContenderResult> results, ComparisonPlan plan)
    {
        var text = new StringBuilder();
        text.AppendLine("| | deliveries/s, flat | CPU µs/delivery, paced | ratio | p50 / p99 ms, paced | KiB/connection, idle | idle CPU % | missed, repeated, out of order |");
        text.AppendLine("|---|---|---|---|---|---|---|---|");
        var first = results[0].Paced.Count == 0 ? 0 : Median(results[0].Paced, Cpu);
        foreach (var result in results)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"| {Row(result, first)} |");
        }

        text.AppendLine();
        text.AppendLine(CultureInfo.InvariantCulture, $"Median (lowest–highest) of {plan.Rounds} alternating rounds. Paced: {plan.Connections} connections × {plan.Rate:G4} messages/s; flat: {plan.Connections} connections, {plan.Window} messages under way from each of {plan.Publishers} publishers; idle: {plan.IdleConnections} connections. CPU and memory are of all server processes, Redis included.");
        text.AppendLine(Quiet(results.SelectMany(result => result.Paced.Concat(result.Flat)).ToList()));
        return text.ToString();
    }

    /// <summary>How much else went on: a busy machine makes servers send several messages at once, which even lowers their CPU per delivery.</summary>
    private static string Quiet(List<RunReport> runs)
    {
        var (median, most) = runs.Count == 0 ? (0, 0) : (Median(runs, run => run.OtherCores), runs.Max(run => run.OtherCores));
        var verdict = most > BusyCores ? "**not a quiet machine: don't use these figures**; " : "";
        return string.Create(CultureInfo.InvariantCulture, $"{verdict}other processes took {median:F2} cores (median), {most:F2} at most.");
    }

    private static string Row(ContenderResult result, double first)
    {
        var runs = result.Paced.Concat(result.Flat).ToList();
        var failed = result.Failures == 0 ? "" : $"; {result.Failures} rounds failed";
        return string.Join(
            " | ",
            result.Contender.Title,
            Cell(result.Flat, run => run.DeliveriesPerSecond, "N0"),
            Cell(result.Paced, Cpu, "F1"),
            result.Paced.Count == 0 || first == 0 ? "–" : Format(Median(result.Paced, Cpu) / first, "F2"),
            $"{Cell(result.Paced, run => run.Latency.P50, "F1")} / {Cell(result.Paced, run => run.Latency.P99, "F1")}",
            Cell(result.Idle, idle => idle.ProportionalKibPerConnection, "F1"),
            Cell(result.Idle, idle => idle.CpuPercent, "F1"),
            $"{runs.Sum(run => run.Lost)}, {runs.Sum(run => run.Repeated)}, {runs.Sum(run => run.OutOfOrder)}{failed}");
    }

    private static double Cpu(RunReport run) => run.ServerCpuMicrosecondsPerDelivery;

    private static string Cell<T>(IReadOnlyList<T> rounds, Func<T, double> figure, string format) => rounds.Count switch
    {
        0 => "–",
        1 => Format(figure(rounds[0]), format),
        _ => $"{Format(Median(rounds, figure), format)} ({Format(rounds.Min(figure), format)}–{Format(rounds.Max(figure), format)})",
    };

    private static string Format(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);

    private static double Median<T>(IReadOnlyList<T> rounds, Func<T, double> figure)
    {
        var sorted = rounds.Select(figure).Order().ToList();
        var middle = sorted.Count / 2;
        return sorted.Count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
