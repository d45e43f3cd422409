namespace Serverless.Sharding;

/// <summary>A part of a fleet: nodes with a log of their own, in one region.</summary>
/// <param name="Name">Short and stable: which keys it has depends on it. Rule: <see cref="FleetDescription"/>.</param>
/// <param name="Region">Where it is, such as <c>eu-west</c>.</param>
/// <param name="Endpoint">Where its clients connect: the balancer before its nodes, without a slash at the end.</param>
/// <param name="Weight">Its share of the keys, 0 or more, in proportion to the others'; with 0 it gets none.</param>
/// <param name="State">Whether it takes clients.</param>
public sealed record Shard(string Name, string Region, string Endpoint, double Weight, ShardState State)
{
    /// <summary>Whether clients are placed there.</summary>
    public bool TakesClients => State == ShardState.Active && Weight > 0;
}

/// <summary>Whether a shard takes clients.</summary>
public enum ShardState
{
    /// <summary>It does.</summary>
    Active,

    /// <summary>Its clients move to the others; none come.</summary>
    Draining,

    /// <summary>It is out of reach; its clients are placed on the others.</summary>
    Lost,
}
