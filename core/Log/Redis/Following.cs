using Serverless.Events;

namespace Serverless.Log.Redis;

/// <summary>The followers of one stream, until an acknowledged append of this process turns out to be lost: then all get the same reset.</summary>
internal sealed class Following
{
    private readonly StreamName _stream;
    private readonly Func<StreamName, Position, CancellationToken, ValueTask<ReadResult>> _read;
    private readonly Tail _tail;
    private volatile ReadResult.Reset? _reset;

    public Following(StreamName stream, Func<StreamName, Position, CancellationToken, ValueTask<ReadResult>> read)
    {
        _stream = stream;
        _read = read;
        _tail = new(ReadAsync);
    }

    /// <summary>See <see cref="IEventLog.FollowAsync"/>.</summary>
    public IAsyncEnumerable<ReadResult> FollowAsync(Position after, CancellationToken cancellationToken) =>
        _tail.FollowAsync(_stream, after, cancellationToken);

    /// <summary>Hands on an entry.</summary>
    public void Publish(LogEntry entry) => _tail.Publish(_stream, entry);

    /// <summary>Has each place judged anew.</summary>
    public void Recheck() => _tail.Recheck(_stream);

    /// <summary>Ends the following of all with this reset.</summary>
    public void End(ReadResult.Reset reset)
    {
        _reset = reset;
        _tail.Recheck(_stream);
    }

    // the reading itself may be what finds the loss, so the verdict is looked at afterwards
    private async ValueTask<ReadResult> ReadAsync(StreamName stream, Position after, CancellationToken cancellationToken)
    {
        var result = await _read(stream, after, cancellationToken);
        return _reset ?? result;
    }
}
