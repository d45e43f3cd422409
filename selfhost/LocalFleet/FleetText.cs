using System.Text;

namespace Serverless.SelfHost.LocalFleet;

/// <summary>What a fleet prints once it runs: where things are, and what to try.</summary>
internal static class FleetText
{
    public static string For(FleetPlan plan, int port, string description, FleetChildren children)
    {
        var text = new StringBuilder();
        text.AppendLine($"Front door  http://localhost:{port}/  (negotiate is answered by any shard; on the page, /#room=lobby, live messages work, the history is that of the shard asked)");
        foreach (var shard in plan.Shards)
        {
            text.AppendLine($"Shard       {shard.Name,-9} {shard.Endpoint}  Redis 127.0.0.1:{shard.RedisPort}");
            foreach (var node in shard.Nodes)
            {
                var id = children.All.Single(child => child.Name == FleetNames.Node + node.Name).Id;
                text.AppendLine($"  node      {node.Name,-11} http://127.0.0.1:{node.Port}  admin http://127.0.0.1:{node.AdminPort}  process {id}");
            }
        }

        var first = plan.Shards[0].Nodes[0];
        text.AppendLine($"Fleet       {description}");
        text.AppendLine($"""

            Try:
              curl -X POST 'http://localhost:{port}/api/negotiate?hub=chat&user=ada&room=lobby'   # which shard has the room
              edit weight or state ("draining", "lost") in the file above: rooms move, and those only
              curl -X POST http://127.0.0.1:{first.AdminPort}/api/admin/drain   # a node without clients
              kill -9 {children.All.Single(child => child.Name == FleetNames.Node + first.Name).Id}   # its clients reconnect to the other nodes
            What each process prints is in {Path.GetDirectoryName(description)}/<name>.log. Ctrl-C ends all.
            """);
        return text.ToString();
    }
}
