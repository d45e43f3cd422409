using Serverless.Events;

namespace Serverless.Log.Redis;

internal sealed partial class RedisEventLog : ILeases
{
    async ValueTask<bool> ILeases.HoldAsync(StreamName stream, string name, string owner, TimeSpan duration, CancellationToken cancellationToken)
    {
        var key = Get(stream).Keys.Lease(name);
        return await AskAsync(stream, Now.Database.LockExtendAsync(key, owner, duration), "ask again", cancellationToken)
            || await AskAsync(stream, Now.Database.LockTakeAsync(key, owner, duration), "ask again", cancellationToken);
    }

    async ValueTask ILeases.ReleaseAsync(StreamName stream, string name, string owner, CancellationToken cancellationToken) =>
        await AskAsync(stream, Now.Database.LockReleaseAsync(Get(stream).Keys.Lease(name), owner), "it ends by itself", cancellationToken);
}
