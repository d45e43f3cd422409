using Serverless.Events;
using Serverless.FanOut;
using Serverless.FanOut.Membership;
using Serverless.Log;

namespace Serverless.Presence;

/// <summary>Keeps the roster of one stream up to date while questions come, and hears what clients answer; ends some time after the last. Thread-safe.</summary>
internal sealed class RosterFollower : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _idle;
    private readonly PendingResults _results = new();
    private readonly TimeSpan _keep;
    private readonly Task _running;
    private Roster _roster = new();
    private Position _at = Position.Start;
    private TaskCompletionSource _advanced = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <param name="stream">Hub and shard.</param>
    /// <param name="reader">Reads what there is.</param>
    /// <param name="feed">Reads what comes.</param>
    /// <param name="keep">How long it goes on after a question.</param>
    /// <param name="time">The clock.</param>
    public RosterFollower(StreamName stream, RosterReader reader, StreamFeed feed, TimeSpan keep, TimeProvider time)
    {
        _keep = keep;
        _idle = new(keep, time);
        _running = Task.Run(() => RunAsync(stream, reader, feed));
    }

    /// <summary>Whether it follows no more: another is needed.</summary>
    public bool HasEnded => _running.IsCompleted || _idle.IsCancellationRequested;

    /// <summary>Asks once the roster has come to a position.</summary>
    /// <returns>Whether the stream could be followed so far, and the answer.</returns>
    public async ValueTask<(bool IsAnswered, T? Answer)> AskAsync<T>(Position position, Func<Roster, PendingResults, T> question, CancellationToken cancellationToken)
    {
        _idle.CancelAfter(_keep);
        while (true)
        {
            Task advanced;
            lock (_lock)
            {
                if (_at != Position.Start && _at.Offset >= position.Offset)
                {
                    return (true, question(_roster, _results));
                }

                advanced = _advanced.Task;
            }

            if (await Task.WhenAny(advanced, _running).WaitAsync(cancellationToken) == _running)
            {
                // a fault is told to who asked
                await _running;
                return default;
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _idle.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _idle.Dispose();
    }

    private async Task RunAsync(StreamName stream, RosterReader reader, StreamFeed feed)
    {
        try
        {
            var (roster, at) = await reader.ReadAsync(stream, _idle.Token);
            Advance(() => (_roster, _at) = (roster, at));
            await foreach (var result in feed.ReadAsync(stream, at, _idle.Token))
            {
                if (result is not FeedResult.Entries(var entries))
                {
                    return;
                }

                Advance(() => Apply(entries));
            }
        }
        catch (OperationCanceledException) when (_idle.IsCancellationRequested)
        {
            // nobody asked for a while
        }
        finally
        {
            // whoever waits sees that it has ended
            Advance(() => _at = Position.Start);
            _results.Lose(new LogUnavailableException(stream, "it couldn't be followed: what clients answered isn't known."));
        }
    }

    private void Apply(IReadOnlyList<DecodedEntry> entries)
    {
        foreach (var entry in entries)
        {
            for (var i = 0; i < entry.Events.Count; i++)
            {
                _roster.Apply(entry.Events[i], entry.FirstOffset + i);
                _results.Apply(entry.Events[i]);
            }

            _at = entry.Last;
        }
    }

    private void Advance(Action change)
    {
        TaskCompletionSource advanced;
        lock (_lock)
        {
            change();
            (advanced, _advanced) = (_advanced, new(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        advanced.SetResult();
    }
}
