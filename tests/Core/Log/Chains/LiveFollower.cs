using Serverless.Events;
using Serverless.Log;
using Xunit;

namespace Serverless.Tests.Core.Log.Chains;

/// <summary>
/// A reader that follows a stream while its store changes. It learns of a change some time later, so what it is told must be true of one of the states since it last was where the
/// store is; and in the end it must be there, or be reset.
/// </summary>
internal sealed class LiveFollower(ReadFrom from, ChainState state) : ChainReader(from), IAsyncDisposable
{
    private readonly Following _following = new();
    private readonly ReadFrom _asked = from;
    private readonly List<ChainState> _states = [state];
    private int _settled;

    /// <summary>Whether it was reset, and so is over.</summary>
    public bool IsOver { get; private set; }

    /// <summary>Begins where it is.</summary>
    public LiveFollower Begin(IEventLog log, StreamName stream)
    {
        _following.Begin(log, stream, From);
        return this;
    }

    /// <summary>Ends, as with its node; it can begin again.</summary>
    public Task StopAsync() => _following.StopAsync();

    /// <summary>The store holds something else now.</summary>
    public void Changed(ChainState state) => _states.Add(state);

    /// <summary>Waits until it has all that the store holds, or is reset.</summary>
    public async Task SettleAsync(Func<Task> quiet)
    {
        while (!IsOver && (_following.HasNext || !IsSettled()))
        {
            var result = await _following.NextAsync(quiet);
            if (result is ReadResult.Reset reset)
            {
                Assert.True(IsDue(reset.Reason), $"A reader that has {string.Join(' ', Received)} is reset: {reset.Reason}. The head is {_states[^1].Head}, trimmed {_states[^1].Trimmed}.");
                IsOver = true;
                return;
            }

            var page = (ReadResult.Page)result;
            Assert.True(From.Position is not null || _states.Any(state => IsFirst(state, page.Entries[0])), $"{_asked} begins with {page.Entries[0]}.");
            Take(page);
        }

        if (From.Position is not null)
        {
            _settled = Received.Count - 1;
            _states.RemoveRange(0, _states.Count - 1);
        }
    }

    public ValueTask DisposeAsync() => _following.DisposeAsync();

    private bool IsSettled()
    {
        // one that asked for events that weren't there waits at the head of that time, and nobody was told
        var now = _states[^1];
        return From.Position is { } at ? at == now.Head && IsOnChain(now) : _states.Any(state => state.Head == now.Head && !state.Held.Any(entry => entry.Last.Offset > _asked.Offset));
    }

    /// <summary>Whether one of the positions that it has had since it settled can't be gone on from in a state in which it may have had it.</summary>
    private bool IsDue(ResetReason reason)
    {
        var (had, first) = From.Position is null ? (_states.Select(state => state.Head), -1) : (Received.Skip(_settled), 0);
        return had.Index().Any(item => _states.Skip(item.Index == first ? 0 : Math.Max(_states.FindIndex(state => state.IsOnChain(item.Item)), 0))
            .Any(state => state.Judge(item.Item) == reason));
    }

    private bool IsFirst(ChainState state, LogEntry entry) =>
        entry.Follows(state.Head) || state.Held.Find(held => held.Last.Offset > _asked.Offset) is { } first && first.Last == entry.Last;
}
