using System.Text.Json;
using Serverless.Bench.Load.Measure;
using Serverless.Bench.Load.Modes;
using Serverless.Bench.Load.Wire;

namespace Serverless.Bench.Load.Compare;

/// <summary>Runs contenders in turn, each round with fresh processes: idle, then paced, then flat.</summary>
internal sealed class Comparison(ComparisonPlan plan, DeploymentOptions options, TextWriter? records)
{
    private const int MessageBytes = 168;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(3);
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    /// <summary>Runs all rounds. A part that fails is told on stderr and left out of the medians.</summary>
    public async Task<IReadOnlyList<ContenderResult>> RunAsync(IReadOnlyList<Contender> contenders, CancellationToken stop)
    {
        var results = contenders.Select(contender => new ContenderResult(contender)).ToList();
        for (var round = 1; round <= plan.Rounds; round++)
        {
            foreach (var result in results)
            {
                await Console.Error.WriteLineAsync($"\nround {round} of {plan.Rounds}: {result.Contender.Title}");
                await RunAsync(result, round, stop);
            }
        }

        return results;
    }

    private async Task RunAsync(ContenderResult result, int round, CancellationToken stop)
    {
        try
        {
            await using var deployment = await Deployment.StartAsync(result.Contender, options, stop);
            try
            {
                await MeasureAsync(deployment.Target, result, round, stop);
            }
            catch (Exception e) when (e is IOException or HttpRequestException or TimeoutException or AggregateException or InvalidDataException)
            {
                Fail(result, e, deployment.LastLines());
            }
        }
        catch (IOException e)
        {
            Fail(result, e, "");
        }
    }

    private async Task MeasureAsync(Target target, ContenderResult result, int round, CancellationToken stop)
    {
        var fleet = new FleetPlan(target.Urls, plan.Connections, plan.Publishers, Groups: 0, new(MessageBytes));
        var idle = await IdleRun.RunAsync(fleet with { Connections = plan.IdleConnections }, target.Pids, plan.Timing, stop);
        result.Idle.Add(idle);
        await TellAsync(Table.Of(idle), new { result.Contender.Name, round, report = (object)idle });
        await Task.Delay(Pause, stop);

        var paced = await PacedRun.RunAsync(fleet, plan.Rate, target.Pids, plan.Timing, stop);
        result.Paced.Add(paced);
        await TellAsync(Table.Of(paced), new { result.Contender.Name, round, report = (object)paced });
        await Task.Delay(Pause, stop);

        var flat = await FlatRun.RunAsync(fleet, plan.Window, target.Pids, plan.Timing, stop);
        result.Flat.Add(flat);
        await TellAsync(Table.Of(flat), new { result.Contender.Name, round, report = (object)flat });
    }

    private async Task TellAsync(string text, object record)
    {
        await Console.Error.WriteLineAsync(text);
        if (records is not null)
        {
            await records.WriteLineAsync(JsonSerializer.Serialize(record, Json));
            await records.FlushAsync();
        }
    }

    private static void Fail(ContenderResult result, Exception fault, string lines)
    {
        result.Failures++;
        Console.Error.WriteLine($"{result.Contender.Title} failed: {(fault is AggregateException several ? several.InnerException! : fault).Message}\n{lines}");
    }
}

/// <summary>What was measured of a contender so far, a place per round.</summary>
internal sealed class ContenderResult(Contender contender)
{
    public Contender Contender { get; } = contender;

    public List<IdleReport> Idle { get; } = [];

    public List<RunReport> Paced { get; } = [];

    public List<RunReport> Flat { get; } = [];

    public int Failures { get; set; }
}
