using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.Logging;
using Serverless.Log;
using Serverless.Services;

namespace Serverless.Functions.Hosting;

/// <summary>The host sends what an exception says to the client, with its stack. A fault that isn't meant for clients stays in the log, and they get a sentence.</summary>
internal sealed partial class CallFaults(ILogger<CallFaults> logger) : IFunctionsWorkerMiddleware
{
    public async Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        try
        {
            await next(context);
        }
        catch (Exception fault) when (fault is not HubCallException and not OutOfMemoryException && IsForClients(context))
        {
            Log.Failed(logger, fault, context.FunctionDefinition.Name);
            var name = context.FunctionDefinition.Name;
            throw new HubCallException(fault is LogUnavailableException
                ? Services.InvocationResult.Failed.Unanswered(name).Error
                : $"'{name}' failed on the server.");
        }
    }

    private static bool IsForClients(FunctionContext context) =>
        context.FunctionDefinition.InputBindings.Values.Any(binding => binding.Type.Equals("signalRTrigger", StringComparison.OrdinalIgnoreCase));

    private static partial class Log
    {
        [LoggerMessage(3001, LogLevel.Error, "The function {Name} failed.")]
        public static partial void Failed(ILogger logger, Exception fault, string name);
    }
}
