using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Serverless.Log;
using Serverless.Log.Redis;
using Serverless.Tests.Fixtures;
using Xunit;

namespace Serverless.Tests.Core.Log.Redis;

/// <summary>A master and a replica, found through a sentinel.</summary>
public sealed class RedisSentinelEventLogTests(RedisSentinel redis) : EventLogConformance, IClassFixture<RedisSentinel>
{
    private readonly string _prefix = $"t{Guid.NewGuid():N}";

    protected override ValueTask<IEventLog> CreateAsync()
    {
        (LogOptions.Redis, LogOptions.RedisPrefix) = (redis.Configuration, _prefix);
        return ValueTask.FromResult<IEventLog>(
            new RedisEventLog(Options.Create(LogOptions), TimeProvider.System, NullLogger<RedisEventLog>.Instance));
    }
}
