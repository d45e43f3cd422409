namespace Serverless.Tests.Infra.Balancers;

/// <summary>What a configuration keeps at one node.</summary>
public enum Affinity
{
    /// <summary>All requests of a client.</summary>
    Client,

    /// <summary>The requests of a connection, after its negotiation.</summary>
    Connection,

    /// <summary>Nothing.</summary>
    None,
}
