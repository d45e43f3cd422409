using Serverless.Codec;
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

    /// <summary>Decodes what a reader doesn't have of an entry.</summary>
    /// <param name="codec">Reads the frame.</param>
    /// <param name="stream">Hub and shard.</param>
    /// <param name="entry">As the log gave it.</param>
    /// <param name="after">The reader's offset; events up to it are left out.</param>
    /// <exception cref="FrameException">The frame is damaged.</exception>
    public static DecodedEntry Of(FrameCodec codec, StreamName stream, LogEntry entry, long after)
    {
        var events = codec.Decode(stream, entry.Last.Offset, entry.Frame);
        var known = (int)Math.Max(0, after - entry.FirstOffset + 1);
        return new(entry.Last, known == 0 ? events : [.. events.Skip(known)], entry.Frame.Length);
    }
}
