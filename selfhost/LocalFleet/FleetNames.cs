namespace Serverless.SelfHost.LocalFleet;

/// <summary>What the processes of a fleet are called, and their folders.</summary>
internal static class FleetNames
{
    public const string Redis = "redis-";
    public const string Node = "node-";
    public const string Nginx = "nginx-";

    /// <summary>The nginx before all shards.</summary>
    public const string Front = Nginx + "front";
}
