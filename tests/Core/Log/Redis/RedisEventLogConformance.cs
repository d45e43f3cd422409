using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Serverless.Log;
using Serverless.Log.Redis;

namespace Serverless.Tests.Core.Log.Redis;

/// <summary>The suite over Redis, under a prefix of the test's own.</summary>
public abstract class RedisEventLogConformance : EventLogConformance
{
    protected string Prefix { get; } = $"t{Guid.NewGuid():N}";

    /// <summary>What the log connects with.</summary>
    protected abstract string Configuration { get; }

    protected override ValueTask<IEventLog> CreateAsync()
    {
        (LogOptions.Redis, LogOptions.RedisPrefix) = (Configuration, Prefix);
        return ValueTask.FromResult<IEventLog>(
            new RedisEventLog(Options.Create(LogOptions), TimeProvider.System, NullLogger<RedisEventLog>.Instance));
    }
}
