using Serverless.Tests.Fixtures;
using Xunit;

namespace Serverless.Tests.Core.Log.Redis;

/// <summary>A master and a replica, found through a sentinel.</summary>
public sealed class RedisSentinelEventLogTests(RedisSentinel redis) : RedisEventLogConformance, IClassFixture<RedisSentinel>
{
    protected override string Configuration => redis.Configuration;
}
