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
    private readonly ReadFrom _asked = from;
    private readonly List<ChainState> _states = [state];
    private CancellationTokenSource _cancel = new();
    private IAsyncEnumerator<ReadResult>? _results;
    private Task<bool>? _next;
    private int _settled;

    /// <summary>Whether it was reset, and so is over.</summary>
    public bool IsOver { get; private set; }

    public LiveFollower Begin(IEventLog log, StreamName stream)
    {
        _results = log.FollowAsync(stream, From, _cancel.Token).GetAsyncEnumerator();
        _next = _results.MoveNextAsync().AsTask();
        return this;
    }

    /// <summary>The store holds something else now.</summary>
    public void Changed(ChainState state) => _states.Add(state);

    /// <summary>Waits until it has all that the store holds, or is reset.</summary>
    public async Task SettleAsync()
    {
        while (!IsOver && (_next!.IsCompleted || !IsSettled()))
        {
            Assert.True(await _next.In(), "A follower ended without a reset.");
            if (_results!.Current is ReadResult.Reset reset)
            {
                Assert.True(IsDue(reset.Reason), $"A reader that has {string.Join(' ', Received)} is reset: {reset.Reason}. The head is {_states[^1].Head}, trimmed {_states[^1].Trimmed}.");
                Assert.False(await _results.MoveNextAsync().In());
                IsOver = true;
                return;
            }

            var page = Assert.IsType<ReadResult.Page>(_results.Current);
            Assert.NotEmpty(page.Entries);
            Assert.True(From.Position is not null || _states.Any(state => IsFirst(state, page.Entries[0])), $"{_asked} begins with {page.Entries[0]}.");
            Take(page);
            _next = _results.MoveNextAsync().AsTask();
        }

        if (From.Position is not null)
        {
            _settled = Received.Count - 1;
            _states.RemoveRange(0, _states.Count - 1);
        }
    }

    /// <summary>Ends it, as the end of its node does. It can begin again where it is.</summary>
    public async Task StopAsync()
    {
        await _cancel.CancelAsync();
        await Task.WhenAny(_next!).In();
        _ = _next!.Exception;
        await _results!.DisposeAsync();
        _cancel.Dispose();
        _cancel = new();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _cancel.Dispose();
    }

    private bool IsSettled()
    {
        var now = _states[^1];
        return From.Position is { } at ? at == now.Head && IsOnChain(now) : !now.Held.Any(entry => entry.Last.Offset > _asked.Offset);
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
