using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Serverless.Connections;

/// <summary>
/// One loop for the times of all connections. It goes on until the node's server has stopped, which waits for their end: so one that was told to go and stays is cut.
/// </summary>
internal sealed class Heartbeat(NodeConnections connections, IOptions<ConnectionOptions> options, TimeProvider time) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1), time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                connections.Beat(options.Value.KeepAlive, options.Value.ClientTimeout);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // the server has stopped: nobody is left
        }
    }
}
