using System.CommandLine;
using Serverless.SelfHost.Commands;

var serve = new ServeCommand();
var root = new RootCommand("Serverless: a realtime backend that Azure SignalR's clients and SDKs work with.") { serve, new FleetCommand() };
foreach (var option in serve.Options)
{
    root.Add(option);
}

root.Action = serve.Action;
// both end by themselves when they are told to; the default of 2 s would leave processes of a fleet behind
return await root.Parse(args).InvokeAsync(new() { ProcessTerminationTimeout = TimeSpan.FromSeconds(45) });
