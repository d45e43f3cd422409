using System.CommandLine;
using System.Globalization;
using System.Text.Json;

namespace Serverless.Bench.Load.Compare;

/// <summary>The commands that start servers themselves.</summary>
internal sealed class CompareCommands
{
    private static readonly string Names = string.Join(", ", Contender.All.Select(contender => contender.Name));

    private readonly Option<bool> _quick = new("--quick") { Description = "One short round: shows that all works; the figures mean little." };
    private readonly Option<string[]> _only = new("--only") { Description = $"Contenders, of: {Names}.", AllowMultipleArgumentsPerToken = true };
    private readonly Option<int?> _rounds = new("--rounds") { Description = "Rounds, at most 20." };
    private readonly Option<int?> _connections = new("--connections") { Description = "Connections while messages flow." };
    private readonly Option<int?> _idle = new("--idle-connections") { Description = "Connections for memory." };
    private readonly Option<double?> _rate = new("--rate") { Description = "Messages per second, paced." };
    private readonly Option<int?> _publishers = new("--publishers") { Description = "Connections that publish." };
    private readonly Option<FileInfo?> _json = new("--json") { Description = "Takes each run's report, one line of JSON each." };
    private readonly Option<string?> _nodeDll = new("--node-dll") { Description = "Our node, if not the one built here in Release." };
    private readonly Option<string?> _gc = new Option<string?>("--gc") { Description = "Garbage collector of all nodes, if not each its default." }.AcceptOnlyFromAmong("server", "workstation");
    private readonly Option<bool> _noAof = new("--no-aof") { Description = "Redis without its append-only file." };

    public void AddTo(RootCommand root)
    {
        root.Options.Add(_quick);
        Commands.Run(root, (parsed, stop) => parsed.GetValue(_quick) ? CompareAsync(parsed, stop) : Task.FromResult(Help(root)));

        var compare = new Command("compare", "Starts our node and SignalR in turn, with and without Redis, and prints a table.")
        {
            _quick, _only, _rounds, _connections, _idle, _rate, _publishers, _json, _nodeDll, _gc, _noAof,
        };
        Commands.Run(compare, CompareAsync);
        root.Subcommands.Add(compare);

        var batching = new Command("batching", "Counts the entries that 1,000 messages/s make with a linger of 100 ms: 10 ± 1 per second.") { _quick, _nodeDll, _gc, _noAof };
        Commands.Run(batching, BatchingAsync);
        root.Subcommands.Add(batching);
    }

    private async Task<int> CompareAsync(ParseResult parsed, CancellationToken stop)
    {
        var plan = Plan(parsed);
        var options = Options(parsed);
        var only = parsed.GetValue(_only) ?? [];
        var contenders = Contender.All.Where(contender => only.Length == 0 || only.Contains(contender.Name)).ToList();
        if (contenders.Count == 0 || only.Any(name => contenders.All(contender => contender.Name != name)))
        {
            throw new ArgumentException($"--only takes: {Names}.");
        }

        CheckBuilt(contenders, options);
        await using var records = parsed.GetValue(_json)?.CreateText();
        var results = await new Comparison(plan, options, records).RunAsync(contenders, stop);
        Console.WriteLine(ComparisonTable.Of(results, plan));
        Console.WriteLine(MachineInfo.Describe(CommandLine(parsed), Collectors(contenders, options)));
        return results.All(result => result.Failures == 0 && result.Paced.Concat(result.Flat).All(run => run.Exact)) ? 0 : 1;
    }

    private async Task<int> BatchingAsync(ParseResult parsed, CancellationToken stop)
    {
        var options = Options(parsed);
        CheckBuilt([Contender.LingeringWithRedis], options);
        var report = await BatchingRun.RunAsync(options, 1000, Plan(parsed).Timing with { Duration = TimeSpan.FromSeconds(12) }, stop);
        await Console.Error.WriteLineAsync(Measure.Table.Of(report.Run));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{report.MessagesPerSecond:N0} messages/s became {report.EntriesPerSecond:F2} entries/s"));
        Console.WriteLine(JsonSerializer.Serialize(report, JsonSerializerOptions.Web));
        return report.AsPromised ? 0 : 1;
    }

    private ComparisonPlan Plan(ParseResult parsed)
    {
        var plan = parsed.GetValue(_quick) ? ComparisonPlan.Quick : ComparisonPlan.Full;
        return plan with
        {
            Rounds = Math.Clamp(parsed.GetValue(_rounds) ?? plan.Rounds, 1, 20),
            Connections = parsed.GetValue(_connections) ?? plan.Connections,
            IdleConnections = parsed.GetValue(_idle) ?? plan.IdleConnections,
            Rate = parsed.GetValue(_rate) ?? plan.Rate,
            Publishers = parsed.GetValue(_publishers) ?? plan.Publishers,
        };
    }

    private DeploymentOptions Options(ParseResult parsed) => new(
        Path.GetFullPath(parsed.GetValue(_nodeDll) ?? Repository.NodeDll),
        Repository.PeerDll,
        parsed.GetValue(_gc) switch { "server" => true, "workstation" => false, _ => null },
        !parsed.GetValue(_noAof));

    private static void CheckBuilt(IEnumerable<Contender> contenders, DeploymentOptions options)
    {
        foreach (var contender in contenders)
        {
            var (dll, project) = contender.Program == NodeProgram.Ours ? (options.NodeDll, "selfhost") : (options.PeerDll, "bench/peers/signalr");
            if (!File.Exists(dll))
            {
                throw new IOException($"{dll} isn't there. Build it: dotnet build -c Release {project}");
            }
        }
    }

    private string CommandLine(ParseResult parsed) =>
        string.Join(' ', parsed.Tokens.Select(token => token.Value == parsed.GetValue(_nodeDll) ? Path.GetFileName(token.Value) : token.Value));

    private static string Collectors(IEnumerable<Contender> contenders, DeploymentOptions options) =>
        string.Join(", ", contenders.Select(contender => contender.Program).Distinct().Select(program =>
            $"{(program == NodeProgram.Ours ? "this node" : "SignalR")} {options.GarbageCollector(program)}"))
        + $"; Redis {(options.AppendOnlyFile ? "with its append-only file, synced every second" : "without persistence")}";

    private static int Help(RootCommand root) => root.Parse("--help").Invoke();
}
