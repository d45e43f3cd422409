using System.CommandLine;
using Serverless.Bench.Load;

ThreadPool.SetMinThreads(32, 32);
var configuration = new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromSeconds(20) };
return await Commands.Root().Parse(args).InvokeAsync(configuration);
