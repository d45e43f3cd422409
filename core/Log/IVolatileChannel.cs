using Serverless.Events;

namespace Serverless.Log;

/// <summary>Carries what isn't stored between the processes that share a log. Lossy: who isn't there doesn't get it. A log of one process has none. Thread-safe.</summary>
internal interface IVolatileChannel
{
    /// <summary>Hands a frame to all processes that subscribe to the stream now, this one too.</summary>
    /// <exception cref="LogUnavailableException">Nobody may have got it.</exception>
    ValueTask PublishAsync(StreamName stream, ReadOnlyMemory<byte> frame);

    /// <summary>Receives the stream's frames until it is disposed.</summary>
    /// <param name="stream">Hub and shard.</param>
    /// <param name="receive">Called for one frame at a time; never throws.</param>
    /// <exception cref="LogUnavailableException">It isn't subscribed.</exception>
    ValueTask<IAsyncDisposable> SubscribeAsync(StreamName stream, Action<ReadOnlyMemory<byte>> receive);
}
