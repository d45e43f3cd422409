using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Options;
using Serverless.Events;
using Serverless.Log;

namespace Serverless.Bench.Micro;

/// <summary>Measures how many events a log takes per second in batches; BenchmarkDotNet would take hours for it.</summary>
internal static class AppendCommand
{
    private const int UnderWay = 4;
    private static readonly StreamName Stream = new("bench");

    public static Command Create()
    {
        var kinds = new Option<LogKind[]>("--kind") { Description = "Logs to measure.", DefaultValueFactory = _ => Enum.GetValues<LogKind>(), AllowMultipleArgumentsPerToken = true };
        var batch = new Option<int>("--batch") { Description = "Events in an append.", DefaultValueFactory = _ => 1000 };
        var events = new Option<int>("--events") { Description = "Events in a round.", DefaultValueFactory = _ => 1_000_000 };
        var quick = new Option<bool>("--quick") { Description = "Rounds of 100,000 events." };
        var command = new Command("append", "Events per second in batches, median of three rounds; frames alone, and through the pipeline (encode and compress included).")
        {
            kinds, batch, events, quick,
        };
        command.SetAction(async (parsed, stop) =>
        {
            await Task.Yield();
            var size = Math.Clamp(parsed.GetValue(batch), 1, 4096);
            var appends = Math.Max(UnderWay, (parsed.GetValue(quick) ? 100_000 : Math.Clamp(parsed.GetValue(events), size, 100_000_000)) / size);
            Console.WriteLine($"| events/s, batches of {size} | frames alone | through the pipeline | Redis, µs an append |\n|---|---|---|---|");
            var failures = 0;
            foreach (var kind in parsed.GetValue(kinds)!)
            {
                try
                {
                    await MeasureAsync(kind, ChatMessages.Make(size), appends, stop);
                }
                catch (Exception e) when (e is IOException or LogOpenException or LogUnavailableException or OptionsValidationException)
                {
                    failures++;
                    await Console.Error.WriteLineAsync($"{kind}: {e.Message}");
                }
            }

            return failures == 0 ? 0 : 1;
        });
        return command;
    }

    private static async Task MeasureAsync(LogKind kind, Event[] events, int appends, CancellationToken stop)
    {
        await using var log = await LogUnderTest.OpenAsync(kind, stop);
        var frames = await MedianAsync(() => FramesAsync(log, events, appends, stop));
        var (calls, microseconds) = await log.ScriptsAsync();
        var script = calls > 0 ? string.Create(CultureInfo.InvariantCulture, $"{microseconds / calls:F1}") : "";
        var pipeline = await MedianAsync(() => PipelineAsync(log, events, appends, stop));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {kind} | {frames:N0} | {pipeline:N0} | {script} |"));
    }

    /// <summary>The first of four rounds warms up.</summary>
    private static async Task<double> MedianAsync(Func<Task<double>> round)
    {
        await round();
        double[] rounds = [await round(), await round(), await round()];
        Array.Sort(rounds);
        return rounds[1];
    }

    /// <summary>One append after the other, as a stream's appender does it, with a frame made beforehand.</summary>
    private static async Task<double> FramesAsync(LogUnderTest log, Event[] events, int appends, CancellationToken stop)
    {
        var frame = log.Codec.Encode(events, DateTimeOffset.UtcNow);
        var began = Stopwatch.GetTimestamp();
        for (var i = 0; i < appends; i++)
        {
            await log.Log.AppendAsync(Stream, new(frame, events.Length, DateTimeOffset.UtcNow, []), stop);
        }

        return appends * (double)events.Length / Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    /// <summary>A few callers that each wait for their own append.</summary>
    private static async Task<double> PipelineAsync(LogUnderTest log, Event[] events, int appends, CancellationToken stop)
    {
        var began = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, UnderWay).Select(async _ =>
        {
            for (var i = 0; i < appends / UnderWay; i++)
            {
                await log.Pipeline.AppendAsync(Stream, events, stop);
            }
        }));
        return appends / UnderWay * UnderWay * (double)events.Length / Stopwatch.GetElapsedTime(began).TotalSeconds;
    }
}
