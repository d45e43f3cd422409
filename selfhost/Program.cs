using System.CommandLine;
using Serverless.SelfHost.Commands;

var serve = new ServeCommand();
var root = new RootCommand("Serverless: a realtime backend that Azure SignalR's clients and SDKs work with.") { serve };
foreach (var option in serve.Options)
{
    root.Add(option);
}

root.Action = serve.Action;
return await root.Parse(args).InvokeAsync();
