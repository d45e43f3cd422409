using System.Diagnostics;
using Serverless.Events;
using Serverless.Log;
using Xunit;

namespace Serverless.Tests.Core.Log.Chains;

/// <summary>One enumeration of what follows, which can end with its node and begin again on another. What comes next is always asked for already.</summary>
internal sealed class Following : IAsyncDisposable
{
    private CancellationTokenSource _cancel = new();
    private IAsyncEnumerator<ReadResult> _results = null!;
    private Task<bool> _next = null!;

    /// <summary>Whether something is there to be taken.</summary>
    public bool HasNext => _next.IsCompleted;

    public Following Begin(IEventLog log, StreamName stream, ReadFrom from)
    {
        _results = log.FollowAsync(stream, from, _cancel.Token).GetAsyncEnumerator();
        _next = _results.MoveNextAsync().AsTask();
        return this;
    }

    /// <summary>Waits for what comes next, while moments pass. After a reset there must be nothing.</summary>
    public async Task<ReadResult> NextAsync(Func<Task> quiet)
    {
        for (var waited = Stopwatch.StartNew(); !HasNext; await Task.WhenAny(_next, Task.Delay(50)))
        {
            Assert.True(waited.Elapsed < Guard.Time, "A follower waits for ever.");
            await quiet();
        }

        Assert.True(await _next, "A follower ended without a reset.");
        var result = _results.Current;
        _next = _results.MoveNextAsync().AsTask();
        if (result is ReadResult.Reset)
        {
            Assert.False(await _next.In(), "A follower goes on after a reset.");
        }
        else
        {
            Assert.NotEmpty(Assert.IsType<ReadResult.Page>(result).Entries);
        }

        return result;
    }

    public async Task StopAsync()
    {
        await _cancel.CancelAsync();
        await Task.WhenAny(_next).In();
        _ = _next.Exception;
        await _results.DisposeAsync();
        _cancel.Dispose();
        _cancel = new();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _cancel.Dispose();
    }
}
