using System.CommandLine;
using Serverless.Bench.Load.Measure;
using Serverless.Bench.Load.Modes;

namespace Serverless.Bench.Load;

/// <summary>The command line.</summary>
internal static class Commands
{
    public static RootCommand Root()
    {
        var root = new RootCommand("Loads servers that speak SignalR, and checks each message that comes back. See bench/README.md.");
        root.Subcommands.Add(Paced());
        root.Subcommands.Add(Flat());
        root.Subcommands.Add(Idle());
        new Compare.CompareCommands().AddTo(root);
        return root;
    }

    private static Command Paced()
    {
        var rate = new Option<double>("--rate") { Description = "Messages published per second, in all.", DefaultValueFactory = _ => 50 };
        var options = new LoadOptions(connections: 1000);
        var command = new Command("paced", "Publishes by schedule; latency counts from when a message was due.") { rate };
        options.AddTo(command);
        Run(command, async (parsed, stop) =>
        {
            var (target, plan, timing) = options.Read(parsed);
            return Print(await PacedRun.RunAsync(plan, parsed.GetValue(rate), target.Pids, timing, stop));
        });
        return command;
    }

    private static Command Flat()
    {
        var window = new Option<int>("--window") { Description = "Messages under way per publisher.", DefaultValueFactory = _ => 64 };
        var options = new LoadOptions(connections: 1000);
        var command = new Command("flat", "Publishes as fast as the server completes and delivers.") { window };
        options.AddTo(command);
        Run(command, async (parsed, stop) =>
        {
            var (target, plan, timing) = options.Read(parsed);
            return Print(await FlatRun.RunAsync(plan, Math.Clamp(parsed.GetValue(window), 1, 512), target.Pids, timing, stop));
        });
        return command;
    }

    private static Command Idle()
    {
        var options = new LoadOptions(connections: 10_000);
        var command = new Command("idle", "Opens connections and reports what they cost. --warmup is the time to settle.");
        options.AddTo(command);
        Run(command, async (parsed, stop) =>
        {
            var (target, plan, timing) = options.Read(parsed);
            var report = await IdleRun.RunAsync(plan, target.Pids, timing, stop);
            await Console.Error.WriteLineAsync(Table.Of(report));
            Console.WriteLine(report.ToJson());
            return report.Ended == 0 ? 0 : 1;
        });
        return command;
    }

    private static int Print(RunReport report)
    {
        Console.Error.WriteLine(Table.Of(report));
        Console.WriteLine(report.ToJson());
        return report.Exact ? 0 : 1;
    }

    /// <summary>Runs off the thread that also has to see Ctrl-C, and tells faults in one line.</summary>
    internal static void Run(Command command, Func<ParseResult, CancellationToken, Task<int>> action) => command.SetAction(async (parsed, stop) =>
    {
        await Task.Yield();
        try
        {
            return await action(parsed, stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            await Console.Error.WriteLineAsync("Stopped.");
            return 130;
        }
        catch (Exception e) when (e is ArgumentException or UriFormatException or IOException or HttpRequestException or TimeoutException or AggregateException or UnauthorizedAccessException)
        {
            await Console.Error.WriteLineAsync((e is AggregateException several ? several.InnerException! : e).Message);
            return 2;
        }
    });
}
