using Serverless.Tests.Fixtures;
using Xunit;

namespace Serverless.Tests.Core.Log.Redis;

public sealed class RedisClusterEventLogTests(RedisCluster redis) : RedisEventLogConformance, IClassFixture<RedisCluster>
{
    protected override string Configuration => redis.EndPoints;
}
