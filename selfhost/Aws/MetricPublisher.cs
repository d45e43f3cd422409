using System.Net.Sockets;
using Microsoft.Extensions.Options;
using Serverless.Connections;

namespace Serverless.SelfHost.Aws;

/// <summary>
/// Gives the CloudWatch agent the node's number of connections each minute: one value per instance, so that the group's average is per instance. The agent may be away:
/// then that minute is lost.
/// </summary>
internal sealed partial class MetricPublisher(NodeConnections connections, IOptions<AwsOptions> options, TimeProvider time, ILogger<MetricPublisher> logger)
    : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private bool _isAway;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        try
        {
            using var timer = new PeriodicTimer(Interval, time);
            do
            {
                await PublishAsync(stoppingToken);
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // the node stops
        }
    }

    private async Task PublishAsync(CancellationToken stop)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stop);
        patience.CancelAfter(Patience);
        try
        {
            using var agent = new TcpClient();
            await agent.ConnectAsync(options.Value.Agent.Host, options.Value.Agent.Port, patience.Token);
            await agent.GetStream().WriteAsync(EmbeddedMetric.Connections(connections.Count, options.Value.Group!, time.GetUtcNow()), patience.Token);
            if (_isAway)
            {
                Log.AgentIsBack(logger);
            }

            _isAway = false;
        }
        catch (Exception fault) when (fault is SocketException or IOException || (fault is OperationCanceledException && !stop.IsCancellationRequested))
        {
            if (!_isAway)
            {
                Log.AgentIsAway(logger, options.Value.Agent, fault.Message);
            }

            _isAway = true;
        }
    }
}
