using Serverless.Events;

namespace Serverless.Log.Redis;

internal sealed partial class RedisEventLog : ILeases
{
    ValueTask<bool> ILeases.HoldAsync(StreamName stream, string name, string owner, TimeSpan duration, CancellationToken cancellationToken) =>
        AskAsync(stream, Now.Scripts.HoldAsync(Keys(stream).Lease(name), owner, duration), "ask again", cancellationToken);

    async ValueTask ILeases.ReleaseAsync(StreamName stream, string name, string owner, CancellationToken cancellationToken) =>
        await AskAsync(stream, Now.Scripts.HoldAsync(Keys(stream).Lease(name), owner, TimeSpan.Zero), "it ends by itself", cancellationToken);
}
