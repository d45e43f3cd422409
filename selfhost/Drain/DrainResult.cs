namespace Serverless.SelfHost.Drain;

/// <summary>What came of a drain.</summary>
/// <param name="Closed">The connections that it closed.</param>
/// <param name="Remaining">The clients that are still here.</param>
internal sealed record DrainResult(int Closed, int Remaining);
