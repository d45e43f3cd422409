using Serverless.Events;
using Serverless.Log;

namespace Serverless.FanOut;

/// <summary>What a <see cref="StreamFeed"/> gives: <see cref="Entries"/> or <see cref="Lost"/>.</summary>
internal abstract record FeedResult
{
    private FeedResult()
    {
    }

    /// <summary>Entries that followed without a gap, decoded.</summary>
    public sealed record Entries(IReadOnlyList<DecodedEntry> Items) : FeedResult;

    /// <summary>The feed can't go on without a gap and ends.</summary>
    /// <param name="Reason">For people: what happened.</param>
    public sealed record Lost(string Reason) : FeedResult;
}

/// <summary>One entry's events.</summary>
/// <param name="Last">The position of the last event.</param>
/// <param name="Events">In order.</param>
/// <param name="Bytes">Of the entry's frame.</param>
internal readonly record struct DecodedEntry(Position Last, IReadOnlyList<Event> Events, int Bytes)
{
    /// <summary>The offset of the first of <see cref="Events"/>.</summary>
    public long FirstOffset => Last.Offset - Events.Count + 1;
}
