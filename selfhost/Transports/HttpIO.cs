using System.IO.Pipelines;
using Serverless.Connections;
using Serverless.SelfHost.Clients;

namespace Serverless.SelfHost.Transports;

/// <summary>A client that sends by POST: what the two transports over plain HTTP have in common. At most <see cref="MaxUnread"/> bytes wait to be understood;
/// then a POST waits.</summary>
internal abstract class HttpIO : FramedIO
{
    private const int MaxUnread = 64 * 1024;

    private readonly Pipe _posted = new(new PipeOptions(pauseWriterThreshold: MaxUnread, resumeWriterThreshold: MaxUnread / 2, useSynchronizationContext: false));
    private int _posting;

    /// <summary>The client's user; others may not use its connection.</summary>
    public required string? User { get; init; }

    /// <summary>Takes what a POST carries.</summary>
    /// <returns>False when another POST is under way: a client sends one after the other.</returns>
    /// <exception cref="IOException">The connection has ended.</exception>
    public async Task<bool> PostAsync(PipeReader body, CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _posting, 1) != 0)
        {
            return false;
        }

        try
        {
            await body.CopyToAsync(_posted.Writer, cancellationToken);
            return !(await _posted.Writer.FlushAsync(cancellationToken)).IsCompleted ? true : throw new IOException("The connection has ended.");
        }
        catch (Exception ended) when (ended is InvalidOperationException || (ended is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw new IOException("The connection has ended.", ended);
        }
        finally
        {
            Volatile.Write(ref _posting, 0);
        }
    }

    /// <summary>Ends the client's side, as it asked.</summary>
    public void EndInput() => _posted.Writer.Complete();

    public override async ValueTask<bool> ReceiveAsync(ReceiveBuffer buffer, CancellationToken cancellationToken)
    {
        var read = await _posted.Reader.ReadAsync(cancellationToken);
        foreach (var segment in read.Buffer)
        {
            buffer.Append(segment.Span);
        }

        var more = !read.IsCompleted || !read.Buffer.IsEmpty;
        _posted.Reader.AdvanceTo(read.Buffer.End);
        return read.IsCanceled ? throw new IOException("The connection was cut.") : more;
    }

    public override void Abort()
    {
        _posted.Reader.CancelPendingRead();
        _posted.Writer.Complete();
        // a POST may wait for room that nobody makes any more
        _posted.Writer.CancelPendingFlush();
    }
}
