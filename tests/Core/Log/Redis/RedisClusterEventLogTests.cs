using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Serverless.Log;
using Serverless.Log.Redis;
using Serverless.Tests.Fixtures;
using Xunit;

namespace Serverless.Tests.Core.Log.Redis;

public sealed class RedisClusterEventLogTests(RedisCluster redis) : EventLogConformance, IClassFixture<RedisCluster>
{
    private readonly string _prefix = $"t{Guid.NewGuid():N}";

    protected override ValueTask<IEventLog> CreateAsync()
    {
        (LogOptions.Redis, LogOptions.RedisPrefix) = (redis.EndPoints, _prefix);
        return ValueTask.FromResult<IEventLog>(
            new RedisEventLog(Options.Create(LogOptions), TimeProvider.System, NullLogger<RedisEventLog>.Instance));
    }
}
