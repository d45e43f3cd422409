using Serverless.Events;
using Serverless.Log;

namespace Serverless.FanOut.Folds;

/// <summary>Keeps the fold of one stream up to date while questions come; ends some time after the last. Thread-safe.</summary>
internal sealed class FoldFollower<TFold> : IAsyncDisposable
    where TFold : class, IFold
{
    /// <summary>The last entries whose positions it remembers, at least.</summary>
    private const int MaxPassed = 65_536;

    private static readonly Comparer<Position> ByOffset = Comparer<Position>.Create((left, right) => left.Offset.CompareTo(right.Offset));

    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _idle;
    private readonly TimeSpan _keep;
    private readonly Task _running;
    private readonly List<Position> _passed = [];
    private TFold? _fold;
    private TaskCompletionSource _advanced = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <param name="stream">Hub and shard, and topic.</param>
    /// <param name="source">Reads what there is, and is told as it grows.</param>
    /// <param name="feed">Reads what comes.</param>
    /// <param name="keep">How long it goes on after a question.</param>
    /// <param name="time">The clock.</param>
    public FoldFollower(StreamName stream, FoldSource<TFold> source, StreamFeed feed, TimeSpan keep, TimeProvider time)
    {
        _keep = keep;
        _idle = new(keep, time);
        _running = Task.Run(() => RunAsync(stream, source, feed));
    }

    /// <summary>Whether it follows no more: another is needed.</summary>
    public bool HasEnded => _running.IsCompleted || _idle.IsCancellationRequested;

    /// <summary>Asks the fold as the stream stands now, or later.</summary>
    /// <param name="readHead">Asks how far the stream goes; once there is a fold, so that a fold that has more is known to have what was lost.</param>
    /// <param name="question">Put to the fold once it has the stream's last event. A fold that has lost events instead never comes to it, and ends soon.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    /// <returns>Whether the stream could be followed so far, and the answer.</returns>
    public async ValueTask<(bool IsAnswered, T? Answer)> AskAsync<T>(
        Func<CancellationToken, ValueTask<Position>> readHead, Func<TFold, T> question, CancellationToken cancellationToken)
    {
        _idle.CancelAfter(_keep);
        if (await UntilAsync(() => true, _ => _passed[^1].Offset, cancellationToken) is not (true, var before))
        {
            return default;
        }

        var head = await readHead(cancellationToken);
        return head.Offset < before
            ? await UntilAsync(() => false, question, cancellationToken)
            : await UntilAsync(() => HasPassed(head), question, cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await _idle.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _idle.Dispose();
    }

    private async Task RunAsync(StreamName stream, FoldSource<TFold> source, StreamFeed feed)
    {
        TFold? fold = null;
        try
        {
            (fold, var at) = await source.ReadAsync(stream, _idle.Token);
            Advance(() =>
            {
                _fold = fold;
                _passed.Add(at);
            });
            await GrownAsync(fold, at);
            await foreach (var result in feed.ReadAsync(stream, at, _idle.Token))
            {
                if (result is not FeedResult.Entries(var entries))
                {
                    return;
                }

                Advance(() => Apply(fold, entries));
                await GrownAsync(fold, entries[^1].Last);
            }

            ValueTask GrownAsync(TFold whole, Position last) => source.GrownAsync is { } grown ? grown(stream, whole, last, _idle.Token) : ValueTask.CompletedTask;
        }
        catch (OperationCanceledException) when (_idle.IsCancellationRequested)
        {
            // nobody asked for a while
        }
        finally
        {
            // whoever waits sees that it has ended
            Advance(() => _fold = null);
            fold?.End(stream);
        }
    }

    private void Apply(TFold fold, IReadOnlyList<DecodedEntry> entries)
    {
        foreach (var entry in entries)
        {
            fold.Apply(entry);
            _passed.Add(entry.Last);
        }

        if (_passed.Count > 2 * MaxPassed)
        {
            _passed.RemoveRange(0, _passed.Count - MaxPassed);
        }
    }

    /// <summary>Whether an event is in the fold, by its entry's tag: by its offset alone it may be another.</summary>
    private bool HasPassed(Position position)
    {
        var found = _passed.BinarySearch(position, ByOffset);
        var entry = found < 0 ? ~found : found;
        return entry < _passed.Count && _passed[entry].Tag == position.Tag;
    }

    /// <summary>Waits until something holds, and looks at the fold.</summary>
    /// <returns>Whether the stream could be followed so far, and what was seen.</returns>
    private async ValueTask<(bool IsSeen, T? Value)> UntilAsync<T>(Func<bool> holds, Func<TFold, T> look, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task advanced;
            lock (_lock)
            {
                if (_fold is { } fold && holds())
                {
                    return (true, look(fold));
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

/// <summary>Where a follower begins, and who is told as it goes on.</summary>
/// <param name="ReadAsync">Makes the fold as the stream stands.</param>
/// <param name="GrownAsync">Called when the fold is made and whenever entries were taken in, with the position of the last; the fold doesn't change meanwhile. Null for
/// nobody.</param>
internal sealed record FoldSource<TFold>(
    Func<StreamName, CancellationToken, ValueTask<(TFold Fold, Position At)>> ReadAsync,
    Func<StreamName, TFold, Position, CancellationToken, ValueTask>? GrownAsync = null);
