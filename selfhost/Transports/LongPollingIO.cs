using Serverless.Connections;

namespace Serverless.SelfHost.Transports;

/// <summary>Long polling: frames wait until a poll takes them. One poll is under way at a time; a newer one takes over.</summary>
internal sealed class LongPollingIO(NodeConnections connections, TimeProvider time) : HttpIO
{
    private readonly Lock _lock = new();
    private ClientConnection? _connection;
    private ReadOnlyMemory<byte> _frames;
    private TaskCompletionSource? _sending;
    private TaskCompletionSource? _poll;
    private bool _ended;

    public override string Transport => "LongPolling";

    public override void Opened(ClientConnection connection) => Volatile.Write(ref _connection, connection);

    /// <summary>Answers a poll: 200 with frames, 200 without any after the time, 204 when the connection has ended.</summary>
    /// <returns>Whether the client was told that the connection has ended.</returns>
    public async Task<bool> PollAsync(HttpContext context, TimeSpan wait)
    {
        Volatile.Read(ref _connection)?.Received(connections.Tick);
        var poll = Begin();
        try
        {
            await poll.Task.WaitAsync(wait, time, context.RequestAborted);
        }
        catch (TimeoutException)
        {
            // an empty answer: the client polls again
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            Withdraw(poll);
            return false;
        }

        var (frames, ended) = Take(poll);
        if (ended)
        {
            context.Response.StatusCode = StatusCodes.Status204NoContent;
            return true;
        }

        await AnswerAsync(context, frames);
        return false;
    }

    public override ValueTask SendAsync(ReadOnlyMemory<byte> frames)
    {
        lock (_lock)
        {
            if (_ended)
            {
                throw new IOException("The client polls no more.");
            }

            _frames = frames;
            _sending = new(TaskCreationOptions.RunContinuationsAsynchronously);
            _poll?.TrySetResult();
            return new(_sending.Task);
        }
    }

    public override ValueTask CloseAsync()
    {
        End();
        EndInput();
        return ValueTask.CompletedTask;
    }

    public override void Finish() => End();

    public override void Abort()
    {
        End();
        base.Abort();
    }

    private void End()
    {
        TaskCompletionSource? sending;
        lock (_lock)
        {
            _ended = true;
            _frames = default;
            (sending, _sending) = (_sending, null);
            _poll?.TrySetResult();
        }

        sending?.TrySetException(new IOException("The connection was cut."));
    }

    private TaskCompletionSource Begin()
    {
        lock (_lock)
        {
            _poll?.TrySetResult();
            _poll = new(TaskCreationOptions.RunContinuationsAsynchronously);
            if (_ended || !_frames.IsEmpty)
            {
                _poll.TrySetResult();
            }

            return _poll;
        }
    }

    private void Withdraw(TaskCompletionSource poll)
    {
        lock (_lock)
        {
            _poll = ReferenceEquals(_poll, poll) ? null : _poll;
        }
    }

    private (ReadOnlyMemory<byte> Frames, bool Ended) Take(TaskCompletionSource poll)
    {
        lock (_lock)
        {
            if (!ReferenceEquals(_poll, poll))
            {
                return (default, false);
            }

            _poll = null;
            var frames = _frames;
            _frames = default;
            return (frames, _ended && frames.IsEmpty);
        }
    }

    private async Task AnswerAsync(HttpContext context, ReadOnlyMemory<byte> frames)
    {
        context.Response.ContentType = "application/octet-stream";
        context.Response.ContentLength = frames.Length;
        try
        {
            await context.Response.Body.WriteAsync(frames, context.RequestAborted);
            await context.Response.CompleteAsync();
        }
        catch (Exception broken) when (broken is IOException or OperationCanceledException)
        {
            PutBack(frames);
            return;
        }

        if (!frames.IsEmpty)
        {
            TakeSending()?.TrySetResult();
        }
    }

    /// <summary>The poll broke before its answer was out: the next one gets the frames.</summary>
    private void PutBack(ReadOnlyMemory<byte> frames)
    {
        lock (_lock)
        {
            if (!_ended && !frames.IsEmpty)
            {
                _frames = frames;
                _poll?.TrySetResult();
            }
        }
    }

    private TaskCompletionSource? TakeSending()
    {
        lock (_lock)
        {
            (var sending, _sending) = (_sending, null);
            return sending;
        }
    }
}
