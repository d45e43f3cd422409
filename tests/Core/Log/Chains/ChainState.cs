using System.Collections.Immutable;
using Serverless.Log;
using Xunit;

namespace Serverless.Tests.Core.Log.Chains;

/// <summary>
/// What a store must hold of one stream, as a value: the rule without its implementation. It knows the tag of each event of the life that the store holds, also of those that are
/// held no more; so it needs no entry's word on which came before it.
/// </summary>
internal sealed record ChainState
{
    /// <summary>The tag and key of each event, from offset 1 to the head.</summary>
    public ImmutableList<(ulong Tag, string? Key)> Events { get; init; } = [];

    /// <summary>The entries that are held.</summary>
    public ImmutableList<LogEntry> Held { get; init; } = [];

    public Snapshot? Snapshot { get; init; }

    public ImmutableDictionary<string, Position[]> Checkpoints { get; init; } = ImmutableDictionary<string, Position[]>.Empty;

    /// <summary>The keys that must be known. Others may be, if they are on the chain.</summary>
    public ImmutableHashSet<string> Known { get; init; } = [];

    /// <summary>What stands beside the entries may be gone, since it was evicted and nothing was appended.</summary>
    public bool HasLostSide { get; init; }

    /// <summary>That a snapshot is kept may have been forgotten, with what stands beside the entries.</summary>
    public bool HasForgottenSnapshot { get; init; }

    public Position Head => Events.IsEmpty ? Position.Zero : new(Events.Count, Events[^1].Tag);

    public long Trimmed => Held.IsEmpty ? Events.Count : Held[0].FirstOffset - 1;

    public bool IsOnChain(Position position) =>
        position.Offset == 0 ? position.Tag == 0 : position.Offset <= Events.Count && Events[(int)position.Offset - 1].Tag == position.Tag;

    /// <summary>Why a reader can't go on from a position; null when it can.</summary>
    public ResetReason? Judge(Position position) =>
        position.Offset < Trimmed ? ResetReason.Trimmed : IsOnChain(position) ? null : ResetReason.TailLost;

    public ChainState Append(Position last, EncodedBatch batch)
    {
        var keys = batch.Keys.ToDictionary(key => key.Index, key => key.Key);
        return this with
        {
            Events = Events.AddRange(Enumerable.Range(0, batch.Count).Select(i => (last.Tag, keys.GetValueOrDefault(i)))),
            Held = Held.Add(new(last, Head.Tag, batch.Count, batch.Frame)),
            Known = Known.Union(keys.Values),
            HasLostSide = false,
        };
    }

    /// <summary>Drops what retention drops.</summary>
    /// <param name="limit">The limit of events.</param>
    /// <param name="snapshot">The offset of the snapshot that is heeded, or null.</param>
    public ChainState Retain(long limit, long? snapshot)
    {
        var count = 0;
        while (count < Held.Count - 1 && Head.Offset - Held[count].FirstOffset + 1 > limit * (Held[count].Last.Offset > snapshot ? 2 : 1))
        {
            count++;
        }

        return this with { Held = Held.RemoveRange(0, count) };
    }

    public ChainState Trim(long offset) => this with { Held = Held.RemoveRange(0, Held.Take(Math.Max(Held.Count - 1, 0)).Count(entry => entry.Last.Offset <= offset)) };

    public ChainState Evict(Evicted what)
    {
        var left = this;
        if (what.HasFlag(Evicted.Side))
        {
            left = left with { HasLostSide = true, HasForgottenSnapshot = Snapshot is not null, Known = [] };
        }

        return what.HasFlag(Evicted.Entries) ? left with { Held = [] } : left;
    }

    /// <summary>Nothing tells any more what was appended.</summary>
    public ChainState Forget() => this with { Events = [], Held = [], Known = [] };

    /// <summary>What saving a snapshot must answer.</summary>
    public SaveResult Save(Position at) =>
        Judge(at) is not null ? SaveResult.OffChain
        : Snapshot is { At: var kept } && kept.Offset >= at.Offset && Judge(kept) is null ? SaveResult.Superseded
        : SaveResult.Saved;

    /// <summary>Checks the outcome of a read, or of what a store decided in one step.</summary>
    public void AssertIs(ReadFrom from, ReadResult result, int maxBytes)
    {
        if (from.Position is { } position && Judge(position) is { } reason)
        {
            Assert.Equal(new ReadResult.Reset(reason, new(Head, Trimmed)), result);
            return;
        }

        var page = Assert.IsType<ReadResult.Page>(result);
        var due = Held.Where(entry => entry.Last.Offset > from.Offset).ToList();
        var bytes = 0;
        due = [.. due.TakeWhile(entry => bytes < maxBytes && (bytes += entry.Frame.Length) > 0)];
        Assert.Equal(due.Count, page.Entries.Count);
        Assert.All(page.Entries.Zip(due), pair => AssertEqual(pair.Second, pair.First));
        Assert.Equal(due.Count > 0 ? due[^1].Last : from.Position ?? Head, page.End);
    }

    /// <summary>Checks the answer that some keys of a batch are known.</summary>
    public void AssertAreKnown(EncodedBatch batch, IReadOnlyList<KnownKey> known)
    {
        Assert.NotEmpty(known);
        Assert.Equal(known.Select(key => key.Index).Distinct().Order(), known.Select(key => key.Index));
        foreach (var (index, position) in known)
        {
            var key = batch.Keys.Single(key => key.Index == index).Key;
            Assert.InRange(position.Offset, 1, Events.Count);
            Assert.Equal((position.Offset > Trimmed ? Events[(int)position.Offset - 1].Tag : 0, key), (position.Tag, Events[(int)position.Offset - 1].Key));
        }

        Assert.Subset(known.Select(key => key.Index).ToHashSet(), batch.Keys.Where(key => Known.Contains(key.Key)).Select(key => key.Index).ToHashSet());
    }

    public static void AssertEqual(LogEntry expected, LogEntry actual)
    {
        Assert.Equal(expected with { Frame = default }, actual with { Frame = default });
        Assert.True(expected.Frame.Span.SequenceEqual(actual.Frame.Span), $"The entry at {expected.Last} has another frame.");
    }
}
