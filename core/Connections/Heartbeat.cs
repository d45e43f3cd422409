using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Serverless.Connections;

/// <summary>One loop for the times of all connections; ends them when the node stops.</summary>
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
            connections.CloseAll("The node is stopping.");
        }
    }
}
