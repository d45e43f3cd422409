using System.Runtime.CompilerServices;
using Serverless.Events;
using Serverless.Log;

namespace Serverless.Tests.Core;

/// <summary>A real log on which a test can ask for faults: an append that fails or waits, a reset of those who follow, a damaged frame.</summary>
internal sealed class FaultyLog(IEventLog log) : IEventLog
{
    private volatile TaskCompletionSource<string> _reset = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _followers;

    /// <summary>Runs before each append; may throw or wait.</summary>
    public Func<EncodedBatch, Task>? BeforeAppend { get; set; }

    /// <summary>Runs before each read of a head; may throw.</summary>
    public Func<Task>? BeforeHead { get; set; }

    /// <summary>Runs before each read of a snapshot.</summary>
    public Func<Task>? BeforeSnapshot { get; set; }

    /// <summary>Runs before each read of a page; may throw.</summary>
    public Func<Task>? BeforePage { get; set; }

    /// <summary>Changes entries on their way to those who follow.</summary>
    public Func<LogEntry, LogEntry>? Read { get; set; }

    /// <summary>How many are following now.</summary>
    public int Followers => Volatile.Read(ref _followers);

    /// <summary>The batches that were given to append, also those refused.</summary>
    public List<EncodedBatch> Appends { get; } = [];

    public string Description => log.Description;

    /// <summary>Ends all reading by a reset.</summary>
    public void Reset() => Interlocked.Exchange(ref _reset, new(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult("reset");

    /// <summary>Ends all reading without one.</summary>
    public void EndReading() => Interlocked.Exchange(ref _reset, new(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult("end");

    public ValueTask OpenAsync(CancellationToken cancellationToken) => log.OpenAsync(cancellationToken);

    public async ValueTask<AppendResult> AppendAsync(StreamName stream, EncodedBatch batch, CancellationToken cancellationToken)
    {
        lock (Appends)
        {
            Appends.Add(batch);
        }

        if (BeforeAppend is { } before)
        {
            await before(batch);
        }

        return await log.AppendAsync(stream, batch, cancellationToken);
    }

    public ValueTask<SaveResult> SaveSnapshotAsync(StreamName stream, Snapshot snapshot, CancellationToken cancellationToken) =>
        log.SaveSnapshotAsync(stream, snapshot, cancellationToken);

    public async ValueTask<Snapshot?> ReadSnapshotAsync(StreamName stream, CancellationToken cancellationToken)
    {
        if (BeforeSnapshot is { } before)
        {
            await before();
        }

        return await log.ReadSnapshotAsync(stream, cancellationToken);
    }

    public async ValueTask<ReadResult> ReadAsync(StreamName stream, ReadFrom from, int maxBytes, CancellationToken cancellationToken)
    {
        if (BeforePage is { } before)
        {
            await before();
        }

        return await log.ReadAsync(stream, from, maxBytes, cancellationToken);
    }

    public async IAsyncEnumerable<ReadResult> FollowAsync(
        StreamName stream, ReadFrom from, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _followers);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await using var entries = log.FollowAsync(stream, from, end.Token).GetAsyncEnumerator(CancellationToken.None);
        try
        {
            var reset = _reset.Task;
            while (true)
            {
                var next = entries.MoveNextAsync().AsTask();
                if (await Task.WhenAny(next, reset) != next)
                {
                    await end.CancelAsync();
                    await Task.WhenAny(next);
                    if (await reset == "reset")
                    {
                        yield return new ReadResult.Reset(ResetReason.TailLost, await log.HeadAsync(stream, cancellationToken));
                    }

                    yield break;
                }

                if (!await next)
                {
                    yield break;
                }

                yield return entries.Current is ReadResult.Page page && Read is { } read ? page with { Entries = [.. page.Entries.Select(read)] } : entries.Current;
            }
        }
        finally
        {
            Interlocked.Decrement(ref _followers);
        }
    }

    public async ValueTask<StreamHead> HeadAsync(StreamName stream, CancellationToken cancellationToken)
    {
        if (BeforeHead is { } before)
        {
            await before();
        }

        return await log.HeadAsync(stream, cancellationToken);
    }

    public ValueTask TrimAsync(StreamName stream, long offset, CancellationToken cancellationToken) => log.TrimAsync(stream, offset, cancellationToken);

    public ValueTask<SaveResult> SaveCheckpointAsync(StreamName stream, string reader, IReadOnlyList<Position> locator, CancellationToken cancellationToken) =>
        log.SaveCheckpointAsync(stream, reader, locator, cancellationToken);

    public ValueTask<IReadOnlyList<Position>> ReadCheckpointAsync(StreamName stream, string reader, CancellationToken cancellationToken) =>
        log.ReadCheckpointAsync(stream, reader, cancellationToken);

    public ValueTask DisposeAsync() => log.DisposeAsync();
}
