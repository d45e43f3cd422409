using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.Hosting;

namespace Serverless.Functions.Hosting;

/// <summary>Lets the invocations that are under way end before the app stops, for a while. Thread-safe.</summary>
internal sealed class InFlight(TimeProvider time) : IFunctionsWorkerMiddleware, IHostedService
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _count = 1;

    public async Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        Interlocked.Increment(ref _count);
        try
        {
            await next(context);
        }
        finally
        {
            Leave();
        }
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>The one that the count began with is the app itself.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        Leave();
        await _idle.Task.WaitAsync(Patience, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private void Leave()
    {
        if (Interlocked.Decrement(ref _count) == 0)
        {
            _idle.TrySetResult();
        }
    }
}
