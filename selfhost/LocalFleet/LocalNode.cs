namespace Serverless.SelfHost.LocalFleet;

/// <summary>A node of a shard on this machine.</summary>
/// <param name="Name">As its shard is called, and a number from 1: <c>us-east-1</c>.</param>
/// <param name="Port">Where it listens for clients and applications.</param>
/// <param name="AdminPort">Where it listens for operators.</param>
internal sealed record LocalNode(string Name, int Port, int AdminPort);
