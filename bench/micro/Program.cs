using System.CommandLine;
using BenchmarkDotNet.Running;
using Serverless.Bench.Micro;

// append and ratio are loops of our own; anything else goes to BenchmarkDotNet, such as --filter '*Encode*'
if (args is ["append" or "ratio", ..])
{
    var root = new RootCommand { AppendCommand.Create(), RatioCommand.Create() };
    return await root.Parse(args).InvokeAsync();
}

BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
return 0;
