using Serverless.Log;

namespace Serverless.SelfHost.Hosting;

/// <summary>Opens the log before the node listens or any other service starts.</summary>
internal sealed class LogOpening(IEventLog log, StartedFlag started) : IHostedLifecycleService
{
    public async Task StartingAsync(CancellationToken cancellationToken) => await log.OpenAsync(cancellationToken);

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken)
    {
        started.Set();
        return Task.CompletedTask;
    }

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
