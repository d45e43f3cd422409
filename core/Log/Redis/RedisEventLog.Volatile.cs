using Serverless.Events;
using StackExchange.Redis;

namespace Serverless.Log.Redis;

/// <summary>What isn't stored goes by publish and subscribe: sharded, so that a cluster keeps it where the stream is, from Redis 7 on.</summary>
internal sealed partial class RedisEventLog : IVolatileChannel
{
    private static readonly Version FirstSharded = new(7, 0);

    async ValueTask IVolatileChannel.PublishAsync(StreamName stream, ReadOnlyMemory<byte> frame) =>
        await AskAsync(stream, Now.Connection.GetSubscriber().PublishAsync(VolatileChannel(stream), frame), "publish it again", CancellationToken.None);

    async ValueTask<IAsyncDisposable> IVolatileChannel.SubscribeAsync(StreamName stream, Action<ReadOnlyMemory<byte>> receive)
    {
        var queue = await AskAsync(stream, Now.Connection.GetSubscriber().SubscribeAsync(VolatileChannel(stream)), "subscribe again", CancellationToken.None);
        queue.OnMessage(message => receive(message.Message));
        return new Subscription(queue);
    }

    private RedisChannel VolatileChannel(StreamName stream) =>
        Now.HasShardedChannels ? RedisChannel.Sharded(Keys(stream).Volatile) : RedisChannel.Literal(Keys(stream).Volatile);

    private sealed class Subscription(ChannelMessageQueue queue) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            try
            {
                await queue.UnsubscribeAsync();
            }
            catch (Exception e) when (e is RedisException or TimeoutException or ObjectDisposedException)
            {
                // the server has gone, and the subscription with it
            }
        }
    }
}
