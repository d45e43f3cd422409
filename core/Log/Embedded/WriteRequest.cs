using Serverless.Events;

namespace Serverless.Log.Embedded;

/// <summary>What waits for the writer. Each is applied within a transaction, then completed after its commit, or failed.</summary>
internal abstract class WriteRequest(StreamName stream)
{
    public StreamName Stream => stream;

    /// <summary>Whether it takes room on the disk; trimming doesn't.</summary>
    public virtual bool NeedsRoom => true;

    /// <summary>Bytes that it adds to the file, about.</summary>
    public virtual int Bytes => 0;

    /// <returns>Whether it is done with this transaction; else it is applied again in the next one.</returns>
    public abstract bool Apply(EmbeddedTransaction transaction);

    /// <summary>The transaction was committed: the streams' heads are new. Never throws.</summary>
    public abstract void Complete(Tail tail);

    public abstract void Fail(LogUnavailableException fault);
}

/// <summary>A request whose caller waits for <typeparamref name="T"/>.</summary>
internal abstract class WriteRequest<T>(StreamName stream) : WriteRequest(stream)
{
    private readonly TaskCompletionSource<T> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<T> Completion => _completion.Task;

    protected void Complete(T result) => _completion.SetResult(result);

    public override void Fail(LogUnavailableException fault) => _completion.SetException(fault);
}

/// <summary>Appends a batch, whose frame is the request's own.</summary>
internal sealed class AppendRequest(StreamName stream, EncodedBatch batch) : WriteRequest<AppendResult>(stream)
{
    private readonly ReadOnlyMemory<byte>? _keys = StreamKeys.ToJson(batch.Keys);
    private AppendResult? _result;

    public override int Bytes => batch.Frame.Length + (_keys?.Length ?? 0);

    public override bool Apply(EmbeddedTransaction transaction)
    {
        var stream = transaction.Open(Stream);
        stream.Keys.Advance(batch.Time, stream.Next.Head.Offset + 1);
        var known = stream.Keys.Known(batch.Keys, stream.Next);
        _result = known.Count > 0 ? new AppendResult.Duplicate(known) : new AppendResult.Appended(transaction.Append(stream, batch, _keys));
        return true;
    }

    public override void Complete(Tail tail)
    {
        if (_result is AppendResult.Appended { Last: var last })
        {
            tail.Publish(Stream, new(last, batch.Count, batch.Frame));
        }

        Complete(_result!);
    }
}

/// <summary>Begins a stream, unless it is there.</summary>
internal sealed class BeginRequest(StreamName stream) : WriteRequest<EmbeddedStream>(stream)
{
    private EmbeddedStream? _stream;

    public override bool Apply(EmbeddedTransaction transaction)
    {
        _stream = transaction.Open(Stream);
        return true;
    }

    public override void Complete(Tail tail) => Complete(_stream!);
}

/// <summary>Drops the entries up to an offset, in several transactions when they are many.</summary>
internal sealed class TrimRequest(StreamName stream, long offset) : WriteRequest<bool>(stream)
{
    public override bool NeedsRoom => false;

    public override bool Apply(EmbeddedTransaction transaction) => transaction.Trim(transaction.Open(Stream), offset, DateTimeOffset.MinValue);

    public override void Complete(Tail tail) => Complete(true);
}

/// <summary>Keeps a snapshot, unless a later one is kept.</summary>
internal sealed class SaveSnapshotRequest(StreamName stream, Snapshot snapshot) : WriteRequest<bool>(stream)
{
    public override int Bytes => snapshot.State.Length;

    public override bool Apply(EmbeddedTransaction transaction)
    {
        transaction.Save(transaction.Open(Stream), snapshot);
        return true;
    }

    public override void Complete(Tail tail) => Complete(true);
}

/// <summary>Reads the snapshot that is kept.</summary>
internal sealed class ReadSnapshotRequest(StreamName stream) : WriteRequest<Snapshot?>(stream)
{
    private Snapshot? _snapshot;

    public override bool NeedsRoom => false;

    public override bool Apply(EmbeddedTransaction transaction)
    {
        _snapshot = transaction.ReadSnapshot(transaction.Open(Stream));
        return true;
    }

    public override void Complete(Tail tail) => Complete(_snapshot);
}

/// <summary>Keeps how far a reader has come.</summary>
internal sealed class SaveCheckpointRequest(StreamName stream, string reader, Position at) : WriteRequest<bool>(stream)
{
    public override bool Apply(EmbeddedTransaction transaction)
    {
        transaction.Save(transaction.Open(Stream), reader, at);
        return true;
    }

    public override void Complete(Tail tail) => Complete(true);
}

/// <summary>Reads how far a reader has come.</summary>
internal sealed class ReadCheckpointRequest(StreamName stream, string reader) : WriteRequest<Position?>(stream)
{
    private Position? _at;

    public override bool NeedsRoom => false;

    public override bool Apply(EmbeddedTransaction transaction)
    {
        _at = transaction.ReadCheckpoint(transaction.Open(Stream), reader);
        return true;
    }

    public override void Complete(Tail tail) => Complete(_at);
}

/// <summary>Lets an idle writer look for other work.</summary>
internal sealed class WakeRequest() : WriteRequest(default)
{
    public override bool NeedsRoom => false;

    public override bool Apply(EmbeddedTransaction transaction) => true;

    public override void Complete(Tail tail)
    {
    }

    public override void Fail(LogUnavailableException fault)
    {
    }
}
