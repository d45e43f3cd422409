using System.Threading.Channels;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace Serverless.Log.Embedded;

/// <summary>
/// The one writer: takes all that waits, for whatever streams, into one transaction, and completes it after the commit. What fails with a transaction
/// is told so, and nothing of it is stored.
/// </summary>
internal sealed class EmbeddedWriter(
    ChannelReader<WriteRequest> queue,
    EmbeddedFile file,
    EmbeddedTransaction transaction,
    WalCheckpoint checkpoint,
    DiskRoom room,
    EmbeddedReads reads,
    Tail tail,
    TimeProvider time,
    ILogger logger)
{
    /// <summary>A transaction takes no more requests once it has so many.</summary>
    private const int MaxRequests = 1024;

    /// <summary>A transaction takes no more requests once it has so many bytes.</summary>
    private const int MaxBytes = 4 * 1024 * 1024;

    private readonly List<WriteRequest> _open = [];
    private readonly List<WriteRequest> _done = [];

    /// <summary>Runs until the queue is completed and empty.</summary>
    public async Task RunAsync()
    {
        while (_open.Count > 0 || await queue.WaitToReadAsync())
        {
            Take();
            try
            {
                await RefuseAsync();
                Write();
            }
            catch (Exception e)
            {
                await FailAsync(e);
            }

            if (checkpoint.IsDue)
            {
                await CheckpointAsync();
            }
        }
    }

    private void Take()
    {
        var bytes = 0;
        while (_open.Count < MaxRequests && bytes < MaxBytes && queue.TryRead(out var request))
        {
            _open.Add(request);
            bytes += request.Bytes;
        }
    }

    /// <summary>Without room, only what needs none goes on.</summary>
    private async ValueTask RefuseAsync()
    {
        if (room.TryRegain())
        {
            return;
        }

        await MakeRoomAsync();
        if (!room.TryRegain())
        {
            foreach (var request in _open.Where(request => request.NeedsRoom))
            {
                request.Fail(new(request.Stream, $"there is no room on the disk of {file.Path}: free space there. Nothing was appended."));
            }

            _open.RemoveAll(request => request.NeedsRoom);
        }
    }

    private void Write()
    {
        transaction.Begin();
        foreach (var request in _open)
        {
            if (request.Apply(transaction))
            {
                _done.Add(request);
            }
        }

        transaction.Commit();
        checkpoint.Committed();
        foreach (var request in _done)
        {
            request.Complete(tail);
        }

        // what is left goes on in the next transaction
        _open.RemoveAll(_done.Contains);
        _done.Clear();
    }

    private async ValueTask FailAsync(Exception fault)
    {
        EmbeddedEventLog.Log.WriteFailed(logger, file.Path, _open.Count, fault);
        var message = fault is SqliteException known ? file.Describe(known) : $"writing to {file.Path} failed: {fault.Message}";
        foreach (var request in _open)
        {
            request.Fail(new(request.Stream, message, fault));
        }

        _open.Clear();
        _done.Clear();
        transaction.Rollback();
        if (fault is SqliteException full && room.GiveUpAfter(full))
        {
            await MakeRoomAsync();
        }
    }

    /// <summary>Trims by age all streams, also those that nobody appends to, and gives back what the write-ahead log takes.</summary>
    private async ValueTask MakeRoomAsync()
    {
        await reads.PauseAsync();
        try
        {
            for (var finished = false; !finished;)
            {
                transaction.Begin();
                finished = transaction.TrimAll(time.GetUtcNow());
                transaction.Commit();
            }

            checkpoint.Truncate();
        }
        catch (SqliteException e)
        {
            EmbeddedEventLog.Log.NoRoomMade(logger, file.Path, e);
            transaction.Rollback();
        }
        finally
        {
            reads.Resume();
        }
    }

    private async ValueTask CheckpointAsync()
    {
        try
        {
            if (checkpoint.IsRestartDue)
            {
                await RestartAsync();
            }
            else
            {
                checkpoint.Run();
            }
        }
        catch (SqliteException e)
        {
            EmbeddedEventLog.Log.CheckpointFailed(logger, file.Path, e);
            room.GiveUpAfter(e);
        }
    }

    private async ValueTask RestartAsync()
    {
        await reads.PauseAsync();
        try
        {
            if (!checkpoint.Restart())
            {
                EmbeddedEventLog.Log.HeldBack(logger, file.Path);
            }
        }
        finally
        {
            reads.Resume();
        }
    }
}
