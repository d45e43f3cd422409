using System.CommandLine;
using Serverless.Bench.Load;

// each connection is opened by a thread that waits
ThreadPool.SetMinThreads(80, 8);
var configuration = new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromSeconds(20) };
return await Commands.Root().Parse(args).InvokeAsync(configuration);
