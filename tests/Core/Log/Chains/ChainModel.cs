using Serverless.Events;
using Serverless.Log;
using Xunit;

namespace Serverless.Tests.Core.Log.Chains;

/// <summary>What a step does.</summary>
internal enum ChainVerb
{
    Append,
    Read,
    Probe,
    Follow,
    Settle,
    Trim,
    Lose,
    Evict,
    Snapshot,
    Checkpoint,
}

/// <summary>One step; what its numbers choose depends on the state that it meets.</summary>
internal sealed record ChainStep(ChainVerb Verb, int[] Keys, double Place, int Choice)
{
    public override string ToString() => $"{Verb}({string.Join(',', Keys)}; {Place:F2}; {Choice})";
}

/// <summary>Runs steps on a stream of a store, and checks after each that the store did what the rule says.</summary>
/// <param name="store">The store.</param>
/// <param name="stream">A stream of its own.</param>
/// <param name="retention">The limit of events that the store was given.</param>
/// <param name="saveEvery">After how many changes the store's state is kept, to be gone back to.</param>
internal sealed class ChainModel(IChainStore store, StreamName stream, long retention, int saveEvery) : IAsyncDisposable
{
    private const int MaxFollowers = 4;

    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly List<(ChainState State, object? Saved)> _saved = [];
    private readonly List<LiveFollower> _followers = [];
    private readonly ChainReader[] _readers = [.. Enumerable.Range(0, 3).Select(_ => new ChainReader(ReadFrom.Start))];

    /// <summary>Each position that ever was, also within entries and of lives that are lost.</summary>
    private readonly List<Position> _ever = [Position.Zero];

    private ChainState _state = new();
    private int _changes;
    private int _batches;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async Task RunAsync(IEnumerable<ChainStep> steps)
    {
        await ChangeAsync(_state);
        foreach (var step in steps)
        {
            await RunAsync(step);
            Assert.Equal(new StreamHead(_state.Head, _state.Trimmed), await Node(step.Choice / 2).HeadAsync(stream, Stop));
        }

        await SettleAsync();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var follower in _followers)
        {
            await follower.DisposeAsync();
        }
    }

    private Task RunAsync(ChainStep step) => step.Verb switch
    {
        ChainVerb.Append => AppendAsync(step),
        ChainVerb.Read => ReadAsync(step),
        ChainVerb.Follow => FollowAsync(step),
        ChainVerb.Settle => SettleAsync(),
        ChainVerb.Trim => TrimAsync(step),
        ChainVerb.Lose => LoseAsync(step),
        ChainVerb.Evict when store.Evicts => EvictAsync(step),
        ChainVerb.Snapshot => SaveSnapshotAsync(step),
        ChainVerb.Checkpoint => SaveCheckpointAsync(step),
        _ => ProbeAsync(step),
    };

    private async Task AppendAsync(ChainStep step)
    {
        // 0 and above are keys, each once in a batch
        var events = step.Keys.Where((key, index) => key < 0 || Array.IndexOf(step.Keys, key) == index)
            .Select((key, index) => TestEvents.Message($"{_batches}+{index}", key: key < 0 ? null : $"k{key}")).ToArray();
        EventKey[] keys = [.. events.Index().Where(value => value.Item.Key is not null).Select(value => new EventKey(value.Index, value.Item.Key!))];
        var batch = new EncodedBatch(TestEvents.Frames.Encode(events, Now), events.Length, Now, keys);
        _batches++;
        var result = await Node(step.Choice).AppendAsync(stream, batch, Stop);
        if (result is AppendResult.Duplicate duplicate)
        {
            _state.AssertAreKnown(batch, duplicate.Known);
            return;
        }

        var last = Assert.IsType<AppendResult.Appended>(result).Last;
        Assert.DoesNotContain(batch.Keys, key => _state.Known.Contains(key.Key));
        Assert.Equal(_state.Head.Offset + batch.Count, last.Offset);
        Assert.DoesNotContain(_ever, position => position.Tag == last.Tag);
        _ever.AddRange(Enumerable.Range(0, batch.Count).Select(i => last with { Offset = last.Offset - i }));

        var appended = _state.Append(last, batch);
        var kept = appended.Retain(retention, appended.Snapshot?.At.Offset);
        if (appended.HasForgottenSnapshot && (await Node(step.Choice).HeadAsync(stream, Stop)).Trimmed != kept.Trimmed)
        {
            kept = appended.Retain(retention, null);
        }

        await ChangeAsync(kept);
    }

    private async Task ReadAsync(ChainStep step)
    {
        var reader = _readers[step.Choice % _readers.Length];
        var maxBytes = (step.Choice % 4) switch { 0 => 1, 1 => 300, _ => 1 << 20 };
        var result = await Node(step.Choice).ReadAsync(stream, reader.From, maxBytes, Stop);
        if (result is ReadResult.Page page)
        {
            Assert.True(reader.IsOnChain(_state), $"A reader that has {string.Join(' ', reader.Received)} is given {page}, though the head is {_state.Head}.");
            _state.AssertIs(reader.From, result, maxBytes);
            reader.Take(page, step.Place < 0.4 ? 1 + (long)(step.Place * 10) : long.MaxValue);
        }
        else
        {
            Assert.False(reader.IsOnChain(_state) && reader.From.Offset >= _state.Trimmed, $"A reader that has {string.Join(' ', reader.Received)} is reset: {result}.");
            _state.AssertIs(reader.From, result, maxBytes);
            reader.Reset(_state.Head);
        }
    }

    /// <summary>Verifies, or reads from, any position that ever was, or one that never was.</summary>
    private async Task ProbeAsync(ChainStep step)
    {
        var position = AnyPosition(step);
        if (step.Choice % 3 == 0)
        {
            Assert.Equal(_state.Judge(position), await Node(step.Choice).VerifyAsync(stream, position, Stop));
            return;
        }

        var from = step.Choice % 3 == 1 ? position : ReadFrom.Event(position.Offset + 1);
        _state.AssertIs(from, await Node(step.Choice).ReadAsync(stream, from, 1 << 20, Stop), 1 << 20);
    }

    private async Task FollowAsync(ChainStep step)
    {
        var from = (step.Choice % 5) switch
        {
            0 => ReadFrom.Start,
            1 => ReadFrom.Event(1 + (long)(step.Place * (_state.Head.Offset + 2))),
            2 => _readers[step.Choice % _readers.Length].From,
            3 => _state.Head,
            _ => AnyPosition(step),
        };
        if (_followers.Count == MaxFollowers)
        {
            var oldest = _followers[0];
            await oldest.SettleAsync(QuietAsync);
            await oldest.DisposeAsync();
            _followers.RemoveAt(0);
        }

        _followers.Add(new LiveFollower(from, _state).Begin(Node(step.Choice), stream));
    }

    private async Task SettleAsync()
    {
        await Task.WhenAll(_followers.Select(follower => follower.SettleAsync(QuietAsync)));
        foreach (var over in _followers.Where(follower => follower.IsOver).ToList())
        {
            await over.DisposeAsync();
            _followers.Remove(over);
        }
    }

    private async Task TrimAsync(ChainStep step)
    {
        var offset = (long)(step.Place * (_state.Head.Offset + 2));
        await Node(step.Choice).TrimAsync(stream, offset, Stop);
        await ChangeAsync(_state.Trim(offset));
    }

    private async Task LoseAsync(ChainStep step)
    {
        // mostly the last few events
        var index = step.Choice % 4 == 0 ? (int)(step.Place * _saved.Count) : Math.Max(0, _saved.Count - 1 - (int)(step.Place * 4));
        var (state, saved) = _saved[index];
        if (!store.LosesBesideItsNodes)
        {
            await Task.WhenAll(_followers.Select(follower => follower.StopAsync()));
        }

        await store.LoseAsync(stream, saved);
        await ChangeAsync(state);
        if (!store.LosesBesideItsNodes)
        {
            _followers.ForEach(follower => follower.Begin(Node(step.Choice), stream));
        }
    }

    private async Task EvictAsync(ChainStep step)
    {
        var what = (Evicted)(1 + step.Choice % 3);
        await store.EvictAsync(stream, what);
        var left = _state.Evict(what);
        if (left is { HasLostSide: true, Held.IsEmpty: true } && await Node(step.Choice).HeadAsync(stream, Stop) == StreamHead.None)
        {
            left = left.Forget();
        }

        await ChangeAsync(left);
    }

    private async Task SaveSnapshotAsync(ChainStep step)
    {
        var snapshot = new Snapshot(step.Choice % 2 == 0 ? _state.Head : AnyPosition(step), BitConverter.GetBytes(_changes));
        var due = _state.Save(snapshot.At);
        Assert.Equal(due, await Node(step.Choice).SaveSnapshotAsync(stream, snapshot, Stop));
        if (due == SaveResult.Saved)
        {
            await ChangeAsync(_state with { Snapshot = snapshot, HasForgottenSnapshot = false });
        }

        var kept = await Node(step.Choice + 1).ReadSnapshotAsync(stream, Stop);
        Assert.Equal(_state.Snapshot?.At, kept?.At);
        Assert.Equal(_state.Snapshot?.State.ToArray(), kept?.State.ToArray());
    }

    private async Task SaveCheckpointAsync(ChainStep step)
    {
        var reader = $"r{step.Choice % 2}";
        var locator = _readers[step.Choice % _readers.Length].Received.AsEnumerable().Reverse().Prepend(AnyPosition(step)).Take(step.Keys.Length).ToArray();
        var due = _state.Judge(locator[0]) is null ? SaveResult.Saved : SaveResult.OffChain;
        Assert.Equal(due, await Node(step.Choice).SaveCheckpointAsync(stream, reader, locator, Stop));
        if (due == SaveResult.Saved)
        {
            await ChangeAsync(_state with { Checkpoints = _state.Checkpoints.SetItem(reader, locator) });
        }

        Assert.Equal(_state.Checkpoints.GetValueOrDefault(reader) ?? [], await Node(step.Choice + 1).ReadCheckpointAsync(stream, reader, Stop));
    }

    private async Task ChangeAsync(ChainState state)
    {
        _state = state;
        _followers.ForEach(follower => follower.Changed(state));
        if (_changes++ % saveEvery == 0)
        {
            _saved.Add((state, await store.SaveAsync(stream)));
        }
    }

    private Task QuietAsync() => store.QuietAsync(stream);

    private Position AnyPosition(ChainStep step)
    {
        var index = step.Choice % 7 < 4 ? Math.Max(0, _ever.Count - 1 - (int)(step.Place * 8)) : (int)(step.Place * _ever.Count);
        var position = _ever[index];
        return (step.Choice % 11) switch
        {
            0 => position with { Tag = position.Tag ^ 1 },
            1 => position with { Offset = position.Offset + 1 },
            2 => position with { Tag = 0 },
            3 => new(Math.Max(0, position.Offset - 1), position.Tag),
            4 => Position.Zero,
            _ => position,
        };
    }

    private IEventLog Node(int choice) => store.Nodes[choice % store.Nodes.Count];
}
