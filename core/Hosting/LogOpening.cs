using Microsoft.Extensions.Hosting;
using Serverless.Log;

namespace Serverless.Hosting;

/// <summary>Opens the log before any other service of the host starts.</summary>
internal sealed class LogOpening(IEventLog log) : IHostedLifecycleService
{
    public async Task StartingAsync(CancellationToken cancellationToken) => await log.OpenAsync(cancellationToken);

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
