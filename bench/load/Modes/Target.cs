namespace Serverless.Bench.Load.Modes;

/// <summary>What is measured.</summary>
/// <param name="Urls">Where clients negotiate.</param>
/// <param name="Pids">All processes of the server side: nodes and Redis.</param>
internal sealed record Target(IReadOnlyList<Uri> Urls, IReadOnlyList<int> Pids);
