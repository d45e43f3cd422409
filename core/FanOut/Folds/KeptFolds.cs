using Serverless.Events;
using Serverless.Log;

namespace Serverless.FanOut.Folds;

/// <summary>
/// Answers questions about streams from their folds, as a stream stood when it was asked, or later. The first question about a stream reads it; while questions go on its fold is
/// kept in memory. Thread-safe.
/// </summary>
/// <param name="log">Tells how far a stream goes.</param>
/// <param name="feed">Reads what comes.</param>
/// <param name="source">Reads what there is.</param>
/// <param name="keep">How long a fold is kept after a question.</param>
/// <param name="time">The clock.</param>
/// <param name="what">What the folds know, for errors.</param>
internal sealed class KeptFolds<TFold>(IEventLog log, StreamFeed feed, FoldSource<TFold> source, TimeSpan keep, TimeProvider time, string what) : IAsyncDisposable
    where TFold : class, IFold
{
    private const int MaxAttempts = 3;

    private readonly Lock _lock = new();
    private readonly Dictionary<StreamName, FoldFollower<TFold>> _followers = [];

    /// <summary>Asks a question, which must be quick and keep nothing of the fold that changes.</summary>
    /// <exception cref="LogUnavailableException">The log is out of reach.</exception>
    public async ValueTask<T> AskAsync<T>(StreamName stream, Func<TFold, T> question, CancellationToken cancellationToken)
    {
        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            if (await Get(stream).AskAsync(async stop => (await log.HeadAsync(stream, stop)).Head, question, cancellationToken) is (true, var answer))
            {
                return answer!;
            }
        }

        throw new LogUnavailableException(stream, $"{what} can't be told; it couldn't be followed in {MaxAttempts} attempts.");
    }

    public async ValueTask DisposeAsync()
    {
        List<FoldFollower<TFold>> all;
        lock (_lock)
        {
            all = [.. _followers.Values];
            _followers.Clear();
        }

        foreach (var follower in all)
        {
            await follower.DisposeAsync();
        }
    }

    private FoldFollower<TFold> Get(StreamName stream)
    {
        lock (_lock)
        {
            foreach (var (name, _) in _followers.Where(follower => follower.Value.HasEnded).ToList())
            {
                _followers.Remove(name);
            }

            if (!_followers.TryGetValue(stream, out var follower))
            {
                _followers[stream] = follower = new(stream, source, feed, keep, time);
            }

            return follower;
        }
    }
}
