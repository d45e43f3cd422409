using Serverless.Log;
using Serverless.Tests.Fixtures;
using Xunit;

namespace Serverless.Tests.Core.Log.Chains;

public sealed class RedisChainTests(RedisServer redis) : ChainConformance, IClassFixture<RedisServer>
{
    protected override int ModelSteps => 5_000;

    protected override int StreamsAtOnce => 24;

    private protected override async Task<IChainStore> OpenAsync(LogOptions options)
    {
        (options.Redis, options.RedisPrefix) = (redis.EndPoint, $"t{Guid.NewGuid():N}");
        return await RedisChainStore.OpenAsync(options);
    }
}
