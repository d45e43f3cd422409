namespace Serverless.Bench.Load.Compare;

/// <summary>Something to measure.</summary>
/// <param name="Name">For the command line.</param>
/// <param name="Title">For the table.</param>
/// <param name="Program">What its nodes run.</param>
/// <param name="Nodes">How many, clients spread over them.</param>
/// <param name="WithRedis">Whether they share one.</param>
/// <param name="Settings">Environment variables of its nodes.</param>
internal sealed record Contender(string Name, string Title, NodeProgram Program, int Nodes, bool WithRedis, IReadOnlyDictionary<string, string> Settings)
{
    private static readonly Dictionary<string, string> Defaults = [];
    private static readonly Dictionary<string, string> Lingering = new() { ["Serverless__Batching__Linger"] = "00:00:00.100" };

    /// <summary>All of them; the first is what the others are compared with.</summary>
    public static IReadOnlyList<Contender> All { get; } =
    [
        new("node", "this node, embedded log", NodeProgram.Ours, 1, false, Defaults),
        new("node-redis", "this node × 2, Redis", NodeProgram.Ours, 2, true, Defaults),
        new("node-linger", "this node, embedded log, batching 100 ms", NodeProgram.Ours, 1, false, Lingering),
        new("signalr", "SignalR, one node", NodeProgram.SignalR, 1, false, Defaults),
        new("signalr-redis", "SignalR × 2, Redis backplane", NodeProgram.SignalR, 2, true, Defaults),
    ];

    /// <summary>Our node with a Redis and a linger of 100 ms: what it appends can be counted there.</summary>
    public static Contender LingeringWithRedis { get; } = new("node-redis-linger", "this node, Redis, batching 100 ms", NodeProgram.Ours, 1, true, Lingering);
}

/// <summary>The programs that nodes run.</summary>
internal enum NodeProgram
{
    /// <summary>The node of <c>selfhost/</c>.</summary>
    Ours,

    /// <summary>ASP.NET Core SignalR, <c>bench/peers/signalr</c>.</summary>
    SignalR,
}
