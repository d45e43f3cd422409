using System.Text;
using System.Threading.Channels;
using Serverless.Connections;
using Xunit;

namespace Serverless.Tests.Core.Connections;

/// <summary>A transport that keeps what is written to it. Held, each write lasts until the test lets it go.</summary>
internal sealed class RecordingIO : ConnectionIO
{
    private readonly Channel<byte[]> _writes = Channel.CreateUnbounded<byte[]>();
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _aborted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SemaphoreSlim _permits = new(0);
    private readonly Queue<string> _frames = [];
    private int _writing;

    /// <summary>Whether a write waits for <see cref="LetGo"/>.</summary>
    public bool IsHeld { get; set; }

    /// <summary>Thrown by the next write; at once, or where <see cref="IsHeld"/> when it is let go.</summary>
    public Exception? Fault { get; set; }

    /// <summary>Whether two writes were ever under way at once.</summary>
    public bool Overlapped { get; private set; }

    public bool IsClosed => _closed.Task.IsCompleted;

    public bool IsAborted => _aborted.Task.IsCompleted;

    public int WaitingWrites => _writes.Reader.Count;

    public Task Closed => _closed.Task.In();

    public Task Aborted => _aborted.Task.In();

    public override ValueTask<bool> ReceiveAsync(ReceiveBuffer buffer, CancellationToken cancellationToken) => ValueTask.FromResult(false);

    public override ValueTask SendAsync(ReadOnlyMemory<byte> frames)
    {
        Overlapped |= Interlocked.Increment(ref _writing) != 1;
        Assert.False(IsClosed, "It was closed before.");
        if (IsHeld)
        {
            return HoldAsync(frames);
        }

        Interlocked.Decrement(ref _writing);
        if (Fault is { } fault)
        {
            throw fault;
        }

        Assert.True(_writes.Writer.TryWrite(frames.ToArray()));
        return ValueTask.CompletedTask;
    }

    public override ValueTask CloseAsync()
    {
        _closed.SetResult();
        return ValueTask.CompletedTask;
    }

    public override void Abort() => _aborted.TrySetResult();

    /// <summary>Ends held writes.</summary>
    public void LetGo(int count = 1) => _permits.Release(count);

    /// <summary>The next write, as text.</summary>
    public async Task<string> WriteAsync() => Encoding.UTF8.GetString(await _writes.Reader.ReadAsync().In());

    /// <summary>The next JSON frame, without its end.</summary>
    public async Task<string> FrameAsync()
    {
        while (_frames.Count == 0)
        {
            foreach (var frame in (await WriteAsync()).Split('\u001e', StringSplitOptions.RemoveEmptyEntries))
            {
                _frames.Enqueue(frame);
            }
        }

        return _frames.Dequeue();
    }

    private async ValueTask HoldAsync(ReadOnlyMemory<byte> frames)
    {
        Assert.True(_writes.Writer.TryWrite(frames.ToArray()));
        await _permits.WaitAsync();
        // what was given must not change while the write is under way
        Interlocked.Decrement(ref _writing);
        if (Fault is { } fault)
        {
            throw fault;
        }
    }
}
