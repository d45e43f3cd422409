using System.Text;
using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Serverless.Connections;
using Serverless.Events;
using Serverless.FanOut;
using Serverless.FanOut.Lanes;
using Serverless.Log;

namespace Serverless.Bench.Micro;

/// <summary>One message of 168 bytes to all connections of a hub, whose transport takes everything at once.</summary>
[MemoryDiagnoser]
public class FanOutBenchmarks
{
    private const int MaxQueuedBytes = 4 * 1024 * 1024;
    private static readonly StreamName Stream = new("bench");

    private readonly MessageSent _message = new()
    {
        Audience = Audience.Hub,
        Target = "m",
        Arguments = new(PayloadFormat.Json, Encoding.UTF8.GetBytes($"[\"{new string('x', 123)}\"]")),
    };

    private readonly SinkIO _sink = new();
    private ClientConnection[] _connections = [];
    private LogUnderTest? _log;
    private VolatileLane? _lane;
    private NodeConnections? _node;

    [Params(1, 100, 10_000)]
    public int Connections { get; set; }

    [GlobalSetup]
    public async Task SetupAsync()
    {
        _log = await LogUnderTest.OpenAsync(LogKind.Memory, CancellationToken.None);
        _lane = new(_log.Log, _log.Codec, Options.Create(new VolatileOptions()), TimeProvider.System, NullLogger<VolatileLane>.Instance);
        _node = new(_log.Log, _log.Codec, _log.Pipeline, _lane, Options.Create(new LogOptions()), TimeProvider.System, NullLogger<NodeConnections>.Instance);
        _connections = new ClientConnection[Connections];
        for (var i = 0; i < Connections; i++)
        {
            _connections[i] = new(new($"c{i}"), null, HubProtocolKind.Json, _sink, MaxQueuedBytes);
            await _node.OpenAsync(Stream, _connections[i], CancellationToken.None);
            _connections[i].Start("{}\u001e"u8.ToArray());
        }
    }

    [GlobalCleanup]
    public async Task CleanupAsync()
    {
        await _node!.DisposeAsync();
        await _lane!.DisposeAsync();
        await _log!.DisposeAsync();
    }

    /// <summary>What it would cost to make each connection's frame anew.</summary>
    [Benchmark(Baseline = true)]
    public void EncodedForEach()
    {
        foreach (var connection in _connections)
        {
            connection.Send(InvocationFrame.Write(_message, HubProtocolKind.Json));
        }
    }

    /// <summary>One frame, shared.</summary>
    [Benchmark]
    public void EncodedOnce()
    {
        var ready = ReadyMessage.Of(_message)!;
        foreach (var connection in _connections)
        {
            connection.Send(ready.Frame(HubProtocolKind.Json));
        }
    }

    /// <summary>The whole way: batch, encode, append, read, decode, fan out, until the last connection has it.</summary>
    [Benchmark]
    public async Task ThroughTheStream()
    {
        var all = _sink.After(Connections);
        await _log!.Pipeline.AppendAsync(Stream, _message, CancellationToken.None);
        await all;
    }

    /// <summary>Counts writes.</summary>
    private sealed class SinkIO : ConnectionIO
    {
        private TaskCompletionSource? _reached;
        private int _left;

        public Task After(int writes)
        {
            _left = writes;
            _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
            return _reached.Task;
        }

        public override ValueTask SendAsync(ReadOnlyMemory<byte> frames)
        {
            if (Interlocked.Decrement(ref _left) == 0)
            {
                _reached?.TrySetResult();
            }

            return ValueTask.CompletedTask;
        }

        public override ValueTask<bool> ReceiveAsync(ReceiveBuffer buffer, CancellationToken cancellationToken) => ValueTask.FromResult(false);

        public override ValueTask CloseAsync() => ValueTask.CompletedTask;

        public override void Abort()
        {
        }
    }
}
