using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Serverless.Connections;
using Serverless.FanOut;

namespace Serverless.Sharding;

/// <summary>When the fleet changes, has the clients of this node reconnect that belong on another shard now, and no others: so all of a room meet again.</summary>
public sealed partial class FleetMover(Fleet fleet, Placement placement, NodeConnections connections, TimeProvider time, ILogger<FleetMover> logger)
    : BackgroundService
{
    /// <summary>What clients are told.</summary>
    public const string Reason = "The fleet has changed: the room is on another shard. Negotiate again.";

    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(15);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (fleet.Current is not null && fleet.Own is null)
        {
            Log.NoShard(logger);
        }

        while (!stoppingToken.IsCancellationRequested)
        {
            // taken before it looks: a change meanwhile is looked at next
            var changed = fleet.Changed;
            await MoveAsync(stoppingToken);
            // now and then without a change as well: for those whom a shard sent here that knew less of the fleet
            await changed.WaitAsync(LookAgain, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task MoveAsync(CancellationToken stop)
    {
        var leaving = connections.All.Where(connection => placement.Elsewhere(connection.Placed, connection.User) is not null).ToList();
        if (leaving.Count == 0)
        {
            return;
        }

        Log.Moving(logger, leaving.Count, connections.Count);
        var pace = new Pace(fleet.Options.MovesPerSecond, time);
        foreach (var connection in leaving)
        {
            await pace.NextAsync(stop);
            // it may be back in its place by now
            if (placement.Elsewhere(connection.Placed, connection.User) is not null)
            {
                connection.Close(Reason, Reconnect.Allowed);
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1803, LogLevel.Warning, "There is a fleet description, but Serverless:Fleet:Shard doesn't say which shard this node is: it sends clients to shards, and never moves those that it has.")]
        public static partial void NoShard(ILogger logger);

        [LoggerMessage(1802, LogLevel.Information, "{Count} of {All} connections belong on other shards now; they are told to reconnect.")]
        public static partial void Moving(ILogger logger, int count, int all);
    }
}
