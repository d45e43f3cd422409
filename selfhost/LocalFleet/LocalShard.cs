namespace Serverless.SelfHost.LocalFleet;

/// <summary>A shard on this machine: its Redis, its nodes and the nginx before them.</summary>
/// <param name="Name">Its name, and its region's.</param>
/// <param name="RedisPort">Where its Redis listens.</param>
/// <param name="Port">Where its nginx listens.</param>
/// <param name="Nodes">One or more.</param>
internal sealed record LocalShard(string Name, int RedisPort, int Port, IReadOnlyList<LocalNode> Nodes)
{
    /// <summary>Where its clients connect.</summary>
    public string Endpoint => $"http://127.0.0.1:{Port}";
}
