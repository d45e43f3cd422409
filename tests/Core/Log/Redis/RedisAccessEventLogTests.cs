using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Serverless.Log;
using Serverless.Log.Redis;
using Serverless.Tests.Fixtures;
using Xunit;

namespace Serverless.Tests.Core.Log.Redis;

/// <summary>As a user that may run the documented commands only: no INFO, CONFIG, CLIENT or MEMORY, in scripts or outside.</summary>
public sealed class RedisAccessEventLogTests(RedisServer redis) : EventLogConformance, IClassFixture<RedisServer>
{
    private readonly string _prefix = $"t{Guid.NewGuid():N}";

    public override async ValueTask InitializeAsync()
    {
        await GrantAsync(redis, _prefix, _prefix);
        await base.InitializeAsync();
    }

    /// <summary>Makes a user with the documented rules, for a prefix; its password is <c>secret</c>.</summary>
    public static async Task GrantAsync(RedisServer redis, string user, string prefix)
    {
        var rules = RedisDocument.AccessRules.Select(rule => rule.Replace("serverless:*", $"{prefix}:*", StringComparison.Ordinal));
        Assert.Equal("OK", (await redis.CommandAsync(["ACL", "SETUSER", user, "on", ">secret", .. rules])).Trim());
    }

    protected override ValueTask<IEventLog> CreateAsync()
    {
        (LogOptions.Redis, LogOptions.RedisPrefix) = ($"{redis.EndPoint},user={_prefix},password=secret", _prefix);
        return ValueTask.FromResult<IEventLog>(
            new RedisEventLog(Options.Create(LogOptions), TimeProvider.System, NullLogger<RedisEventLog>.Instance));
    }
}
