using Serverless.Tests.Fixtures;
using Xunit;

namespace Serverless.Tests.Core.Log.Redis;

public sealed class RedisEventLogTests(RedisServer redis) : RedisEventLogConformance, IClassFixture<RedisServer>
{
    protected override string Configuration => redis.EndPoint;
}
