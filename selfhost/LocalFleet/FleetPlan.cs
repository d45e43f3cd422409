using System.Net;
using System.Net.Sockets;

namespace Serverless.SelfHost.LocalFleet;

/// <summary>What a local fleet consists of.</summary>
/// <param name="Shards">One to <see cref="MaxShards"/>.</param>
internal sealed record FleetPlan(IReadOnlyList<LocalShard> Shards)
{
    private static readonly string[] Regions = ["us-east", "eu-west", "ap-south", "us-west", "eu-north", "ap-east", "sa-east", "af-south"];

    public static int MaxShards => Regions.Length;

    /// <summary>Plans a fleet on ports that are free now.</summary>
    /// <param name="shards">How many shards.</param>
    /// <param name="nodes">How many nodes each has.</param>
    public static FleetPlan For(int shards, int nodes)
    {
        var ports = new Queue<int>(FreePorts(shards * (2 + (2 * nodes))));
        return new([.. Regions.Take(shards).Select(region => new LocalShard(
            region,
            ports.Dequeue(),
            ports.Dequeue(),
            [.. Enumerable.Range(1, nodes).Select(number => new LocalNode($"{region}-{number}", ports.Dequeue(), ports.Dequeue()))]))]);
    }

    private static List<int> FreePorts(int count)
    {
        var listeners = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToList();
        try
        {
            // all are open at once, so no two are the same
            listeners.ForEach(listener => listener.Start());
            return [.. listeners.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port)];
        }
        finally
        {
            listeners.ForEach(listener => listener.Dispose());
        }
    }
}
