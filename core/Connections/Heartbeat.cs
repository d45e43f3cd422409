using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Serverless.Connections;

/// <summary>
/// One loop for the times of all connections; ends them when the node stops. That is before its server stops, which waits for their end, and goes on until then: so each
/// client is told, and one that stays is cut.
/// </summary>
internal sealed class Heartbeat(NodeConnections connections, IOptions<ConnectionOptions> options, TimeProvider time) : BackgroundService, IHostedLifecycleService
{
    private volatile bool _stopping;

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken)
    {
        _stopping = true;
        CloseAll();
        return Task.CompletedTask;
    }

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1), time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                connections.Beat(options.Value.KeepAlive, options.Value.ClientTimeout);
                if (_stopping)
                {
                    // those that came in the meantime
                    CloseAll();
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // the server has stopped: nobody is left
        }
    }

    private void CloseAll() => connections.CloseAll("The node is stopping.");
}
