using System.CommandLine;
using Serverless.SelfHost.LocalFleet;

namespace Serverless.SelfHost.Commands;

/// <summary><c>fleet</c>: runs several shards on this machine, each with a Redis, nodes and an nginx, for trying what a fleet does.</summary>
internal sealed class FleetCommand : Command
{
    private readonly Option<int> _shards = new("--shards") { Description = $"How many shards, 1 to {FleetPlan.MaxShards}.", DefaultValueFactory = _ => 3 };

    private readonly Option<int> _nodes = new("--nodes") { Description = "How many nodes each shard has, 1 to 8.", DefaultValueFactory = _ => 2 };

    private readonly Option<int> _port = new("--port") { Description = "Where the nginx before all shards listens.", DefaultValueFactory = _ => 8888 };

    private readonly Option<string> _data = new("--data") { Description = "The folder for streams, the fleet description and logs.", DefaultValueFactory = _ => "data/fleet" };

    private readonly Option<string> _nginx = new("--nginx")
    {
        Description = "The configuration of infra/nginx before each shard's nodes.",
        DefaultValueFactory = _ => "no-affinity",
    };

    public FleetCommand()
        : base("fleet", "Runs several shards on this machine, for trying. Needs redis-server and nginx.")
    {
        _nginx.AcceptOnlyFromAmong("no-affinity", "ip-hash", "cookie", "session-id", "room");
        Between(_shards, 1, FleetPlan.MaxShards);
        Between(_nodes, 1, 8);
        Between(_port, 1, 65535);
        Options.Add(_shards);
        Options.Add(_nodes);
        Options.Add(_port);
        Options.Add(_data);
        Options.Add(_nginx);
        SetAction((result, stop) =>
        {
            var plan = FleetPlan.For(result.GetValue(_shards), result.GetValue(_nodes));
            var runner = new LocalFleetRunner(plan, result.GetValue(_port), result.GetValue(_data)!, result.GetValue(_nginx)!, TimeProvider.System);
            return runner.RunAsync(result.InvocationConfiguration, stop);
        });
    }

    private static void Between(Option<int> option, int least, int most) => option.Validators.Add(result =>
    {
        if (result.GetValueOrDefault<int>() is var value && (value < least || value > most))
        {
            result.AddError($"{option.Name} is {least} to {most}.");
        }
    });
}
