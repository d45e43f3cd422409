using System.CommandLine;
using Serverless.Bench.Load.Measure;
using Serverless.Bench.Load.Modes;
using Serverless.Bench.Load.Wire;

namespace Serverless.Bench.Load;

/// <summary>What all modes are told.</summary>
internal sealed class LoadOptions(int connections)
{
    private readonly Option<string[]> _urls = new("--url") { Description = "Where clients negotiate, such as http://127.0.0.1:8888/api?hub=bench; repeat it for more nodes.", Required = true };
    private readonly Option<int[]> _pids = new("--pid") { Description = "A server process whose CPU and memory count; repeat it for more." };
    private readonly Option<int> _connections = new("--connections") { Description = "Connections, in all.", DefaultValueFactory = _ => connections };
    private readonly Option<int> _publishers = new("--publishers") { Description = "Connections that publish too.", DefaultValueFactory = _ => 4 };
    private readonly Option<int> _groups = new("--groups") { Description = "0: broadcast. Else groups, of which each connection joins one.", DefaultValueFactory = _ => 0 };
    private readonly Option<int> _size = new("--size") { Description = "Bytes of a message on its way to a client.", DefaultValueFactory = _ => 168 };
    private readonly Option<double> _warmup = new("--warmup") { Description = "Seconds before measuring.", DefaultValueFactory = _ => 5 };
    private readonly Option<double> _duration = new("--duration") { Description = "Seconds measured, at most 600.", DefaultValueFactory = _ => 10 };
    private readonly Option<double> _drain = new("--drain") { Description = "Seconds that the last messages are waited for.", DefaultValueFactory = _ => 10 };

    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[_urls, _pids, _connections, _publishers, _groups, _size, _warmup, _duration, _drain])
        {
            command.Options.Add(option);
        }
    }

    public (Target Target, FleetPlan Plan, Timing Timing) Read(ParseResult parsed)
    {
        var target = new Target([.. parsed.GetValue(_urls)!.Select(url => new Uri(url, UriKind.Absolute))], parsed.GetValue(_pids) ?? []);
        var plan = new FleetPlan(target.Urls, parsed.GetValue(_connections), parsed.GetValue(_publishers), parsed.GetValue(_groups), new(parsed.GetValue(_size)));
        return (target, plan, new(Seconds(parsed, _warmup), Seconds(parsed, _duration), Seconds(parsed, _drain)));
    }

    private static TimeSpan Seconds(ParseResult parsed, Option<double> option) => TimeSpan.FromSeconds(Math.Clamp(parsed.GetValue(option), 0, 600));
}
