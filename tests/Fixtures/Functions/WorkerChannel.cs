using System.Collections.Concurrent;
using System.Threading.Channels;
using Grpc.Core;
using Serverless.Tests.Fixtures.Functions.Rpc;

namespace Serverless.Tests.Fixtures.Functions;

/// <summary>A host's end of the one connection that a worker opens: requests and their answers.</summary>
internal sealed class WorkerChannel : FunctionRpc.FunctionRpcBase
{
    private readonly Channel<StreamingMessage> _toWorker = Channel.CreateUnbounded<StreamingMessage>();
    private readonly ConcurrentDictionary<string, TaskCompletionSource<StreamingMessage>> _pending = new();
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Done when a worker has begun its stream.</summary>
    public Task Started => _started.Task;

    /// <summary>What the worker logs.</summary>
    public ConcurrentQueue<RpcLog> Logs { get; } = new();

    public override async Task EventStream(
        IAsyncStreamReader<StreamingMessage> requestStream, IServerStreamWriter<StreamingMessage> responseStream, ServerCallContext context)
    {
        var sending = SendAllAsync(responseStream, context.CancellationToken);
        try
        {
            await foreach (var message in requestStream.ReadAllAsync(context.CancellationToken))
            {
                Take(message);
            }
        }
        catch (Exception fault) when (fault is IOException or OperationCanceledException)
        {
            // the worker has ended, or was killed
        }
        finally
        {
            foreach (var waiting in _pending.Values)
            {
                waiting.TrySetException(new IOException("The worker has gone."));
            }

            _toWorker.Writer.TryComplete();
            await sending;
        }
    }

    /// <summary>Sends a message that nothing answers.</summary>
    public void Send(StreamingMessage message) => _toWorker.Writer.TryWrite(message);

    /// <summary>Sends a message and waits for its answer.</summary>
    /// <exception cref="IOException">The worker has gone.</exception>
    public async Task<StreamingMessage> AskAsync(StreamingMessage message)
    {
        message.RequestId = Guid.NewGuid().ToString();
        // an invocation's answer names the invocation
        var id = message.InvocationRequest?.InvocationId ?? message.RequestId;
        var answer = _pending[id] = new(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!_toWorker.Writer.TryWrite(message))
        {
            throw new IOException("The worker has gone.");
        }

        try
        {
            return await answer.Task.WaitAsync(TimeSpan.FromSeconds(90));
        }
        finally
        {
            _pending.TryRemove(id, out _);
        }
    }

    private async Task SendAllAsync(IServerStreamWriter<StreamingMessage> worker, CancellationToken stop)
    {
        try
        {
            await foreach (var message in _toWorker.Reader.ReadAllAsync(stop))
            {
                await worker.WriteAsync(message, stop);
            }
        }
        catch (Exception fault) when (fault is IOException or OperationCanceledException or InvalidOperationException or Grpc.Core.RpcException)
        {
            // what waits for answers is told by the reading side
        }
    }

    private void Take(StreamingMessage message)
    {
        switch (message.ContentCase)
        {
            case StreamingMessage.ContentOneofCase.StartStream:
                _started.TrySetResult();
                break;
            case StreamingMessage.ContentOneofCase.RpcLog:
                Logs.Enqueue(message.RpcLog);
                break;
            default:
                if (_pending.TryGetValue(message.InvocationResponse?.InvocationId ?? message.RequestId, out var waiting))
                {
                    waiting.TrySetResult(message);
                }

                break;
        }
    }
}
