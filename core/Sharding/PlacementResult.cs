namespace Serverless.Sharding;

/// <summary>Where a client belongs: <see cref="Here"/>, <see cref="At"/> or <see cref="Nowhere"/>.</summary>
public abstract record PlacementResult
{
    private PlacementResult()
    {
    }

    /// <summary>There is no fleet: with whoever was asked.</summary>
    public sealed record Here : PlacementResult
    {
        /// <summary>The only one.</summary>
        public static Here Instance { get; } = new();
    }

    /// <summary>On a shard.</summary>
    /// <param name="Shard">Which.</param>
    public sealed record At(Shard Shard) : PlacementResult;

    /// <summary>No shard takes clients now.</summary>
    public sealed record Nowhere : PlacementResult
    {
        /// <summary>What callers are told.</summary>
        public const string Message = "No shard takes clients now: all are draining, lost or without weight. Try again later.";

        /// <summary>The only one.</summary>
        public static Nowhere Instance { get; } = new();
    }
}
