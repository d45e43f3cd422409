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
    private LogEntry? _entry;

    public override int Bytes => batch.Frame.Length + (_keys?.Length ?? 0);

    public override bool Apply(EmbeddedTransaction transaction)
    {
        var stream = transaction.Open(Stream);
        stream.Keys.Advance(batch.Time, stream.Next.Head.Offset + 1);
        var known = transaction.Known(stream, batch.Keys);
        _entry = known.Count > 0 ? null : transaction.Append(stream, batch, _keys);
        _result = _entry is null ? new AppendResult.Duplicate(known) : new AppendResult.Appended(_entry.Last);
        return true;
    }

    public override void Complete(Tail tail)
    {
        if (_entry is not null)
        {
            tail.Publish(Stream, _entry);
        }

        Complete(_result!);
    }
}

/// <summary>Drops the entries up to an offset, but never the newest; in several transactions when they are many.</summary>
internal sealed class TrimRequest(StreamName stream, long offset) : WriteRequest<bool>(stream)
{
    public override bool NeedsRoom => false;

    public override bool Apply(EmbeddedTransaction transaction) => transaction.Find(Stream) is not { } stream || transaction.Trim(stream, offset, now: null);

    public override void Complete(Tail tail) => Complete(true);
}

/// <summary>Keeps something beside the entries, of so many bytes, or reads it.</summary>
internal sealed class SideRequest<T>(StreamName stream, int bytes, Func<EmbeddedTransaction, T> act) : WriteRequest<T>(stream)
{
    private T _result = default!;

    public override bool NeedsRoom => bytes > 0;

    public override int Bytes => bytes;

    public override bool Apply(EmbeddedTransaction transaction)
    {
        _result = act(transaction);
        return true;
    }

    public override void Complete(Tail tail) => Complete(_result);
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
